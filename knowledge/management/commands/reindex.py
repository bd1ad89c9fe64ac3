"""Lets the embedder read everything again."""

from django.core.management.base import BaseCommand

from knowledge.vectors import forget_vectors, write_missing_vectors

AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Writes every vector again: after a change of the model, or of templates/knowledge/service_question.txt. "
        "Until it is done she ranks by what is ready; exact wordings and salon facts are not affected."
    )

    def handle(self, *args, **options):
        forget_vectors()
        total = 0
        while written := write_missing_vectors(AT_ONCE):
            total += written
        self.stdout.write(f"Wrote {total:,} vectors.")
