"""Attachments: files that somebody sent, checked, kept, and handed out again as they are (P5).

Words: an *attachment* is a photo or a PDF; what it is *attached to* is a record of another domain, whose readers may
read it, too; the *store* is where its bytes lie: the database, a directory, or an S3-compatible store (decision 68).
Owns `attachments`, `attachment_contents`.
"""
