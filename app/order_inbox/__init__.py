"""The e-mail door: the one order form as an attachment, in and out (M6, O1). Not yet open: nothing reads a mailbox.

Words: a *form* is a sheet that an outlet or a rep fills in; a *grid* is a sheet or a CSV file as cells; a *reading* is
what was made of one attachment; a *message* is a mail in the mailbox. Makes orders by the same service as every other
door. Owns `inbox_messages`, `inbox_forms`, `inbox_answers`.

What stands: a mail is taken apart (`mail_parts`), its sender judged (`rules`), its forms become orders, a record and an
answer in one transaction, once (`service`); what a person means by cells (`form_understanding`). What is missing: the
form going out, files to grids in subprocesses with limits, the mailbox and the answers' way out, the scheduler's job,
the list of messages for people, a real mail server in the tests.
"""
