"""The pages on which people read and change what she knows."""

from knowledge.admin import learned_answer, salon

__all__ = ["learned_answer", "salon"]
