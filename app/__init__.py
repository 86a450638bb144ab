"""Fieldproof: the backend that field sales teams run on.

The words, in brief (the domains' own docstrings say more; `docs/rules.md` has the rules that are cited by code):

- A *territory* owns the time zone, the calendar, the cutoff and the call deadline; *reps* and *outlets* belong to
  it.
- A *visit* is one outlet on one day in a rep's plan, or ad hoc. A *check-in* is one arrival or departure attempt,
  judged against the outlet's fence; a *risk signal* is one explainable doubt, for a person to review.
- An *order* is the one order form, whatever channel it came through. An order covers the visits of its outlet on
  its day.
- A *cutoff run* closes one territory's day: what has no order is a *missing order*, gets a *call task*, and costs
  the rep a *points entry*, provisional until the rep's device has told everything that it recorded.

The layers, lowest first; a domain imports only what stands above it in this list, and siblings are strangers:

    clock | errors | mail_servers | child_processes
    worker_process
    workers
    settings
    db
    web
    events | receipts
    territories
    identity
    outlets | catalogue
    routing
    workdays
    visit_plans
    check_ins | orders
    call_tasks | points | risk_signals
    cutoff
    compliance
    week_plans
    plan_generation
    handheld | call_centre | order_inbox
    imports
    main
    demo
    processes
    cli | tables
    scheduler (its own package)
"""
