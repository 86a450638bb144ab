"""Pages to be printed: PDF, set by Typst in a process with limits (decision 71).

Words: a *template* is a Typst document of ours; its *content* is data, whose texts are never markup. The fonts are Noto
Sans, with the scripts of the countries around (`fonts/`, under the SIL Open Font License).
"""
