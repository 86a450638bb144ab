"""The e-mail door: the one order form as an attachment, in and out (M6, O1).

Words: a *form* is a sheet that an outlet or a rep fills in; a *reading* is what was made of one attachment; a *message*
is a mail in the mailbox. Makes orders by the same service as every other door.
"""
