"""Pages of a list that may have a million rows: counted as far as anybody turns pages, and no further."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 1000  # rows; what lies behind them is found by a filter or by searching


class CappedPaginator(Paginator):
    """Counts to MOST: a COUNT of the whole table takes as long as the table is."""

    @cached_property
    def found(self) -> int:
        return self.object_list.order_by()[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST)

    @property
    def is_capped(self) -> bool:
        return self.found > MOST
