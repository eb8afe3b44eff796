"""Panel 3, the review of finished trades."""

from panels.panel3_review.review_panel import ReviewPanel

__all__ = ["ReviewPanel"]
