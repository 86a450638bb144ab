"""What will not come any more: rejected and lost events that are given up, handhelds that are revoked (T7, C4)."""
