"""The NinjaAPI object: throttled, documented for staff, its refusals in words."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.throttling import AnonRateThrottle, AuthRateThrottle

from supervision.api import router

api = NinjaAPI(
    title="The desk",
    version="1",
    urls_namespace="api",
    docs_decorator=staff_member_required,
    throttle=[AnonRateThrottle("120/m"), AuthRateThrottle("600/m")],
)
api.add_router("", router, tags=["desk"])


@api.exception_handler(ValidationError)
def explain(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """`answer: String should have at least 1 character`, instead of a tree."""
    problems = (f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors)
    return api.create_response(request, {"detail": "; ".join(problems)}, status=422)
