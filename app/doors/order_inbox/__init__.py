"""The e-mail door: the one order form as an attachment, in and out (M6, O1).

Words: a *form* is a sheet that an outlet or a rep fills in; a *grid* is a sheet or a CSV file as cells; a *reading* is
what was made of one attachment; a *message* is a mail in the mailbox. Makes orders by the same service as every other
door. Owns `inbox_messages`, `inbox_forms`, `inbox_answers`, `inbox_mails_in_hand`.

A form goes out (`order_forms`, `form_writing`), comes back in a mail (`mail_parts`), is read in a process with limits
(`readers`, `form_reader`, `form_*`), and becomes an order, a record and an answer in one transaction, once (`service`).
`door` works off a mailbox (`mailboxes`, `imap_mailbox`), `answering` lets the answers out (`answer_senders`),
`message_*` shows people what became of it. docs/order-form.md and docs/mailbox.md tell it to those who run it.
"""
