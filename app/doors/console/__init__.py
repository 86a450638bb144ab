"""The console: pages for supervisors, operators and admins, made on the server and read in a browser (decision 77).

Words: a *page* answers one address; a *fragment* is a part of a page that is loaded anew by itself; a *notice* says
what has just been done. Each folder is a group of pages with its routes, templates and words.

The console is a client of the API: a page asks routes under /v1, in this process, with the rights of who has signed in
(`api_calls`), so that it can show and do nothing that the API would refuse. It reads and writes no table itself.
docs/console.md says whom each page is for.
"""
