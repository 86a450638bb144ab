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

The areas, lowest first, and the domains of each; an area imports only what stands above it in this list, a domain only
what stands above it or to the left of it, and siblings (`|`) are strangers (decision 34):

    ground: clock | errors | findings | identity_providers | loading | mail_servers | map_settings | plain_text |
        sheets | standard_descriptors | storage_places | values, workers,
        printing | settings, private_cluster, db, positions | settings_review, web,
        attachments | audit | events | job_runs | receipts | outbox
    masters: territories, identity, outlets | catalogue
    sales: orders, mismatch_reasons, deliveries, returns
    field: visits | watermarks, rejected_events, check_ins, risk_signals
    motivation: points, earnings, appeals, statements, assortment_mix
    closing: call_tasks, punctuality, cutoff, compliance, rep_days | day_maps | reviews, months,
        simulations, explanations
    planning: routing, workdays, week_plans, plan_generation
    doors: fulfilment, order_taking, imports | handheld | call_centre | order_inbox | personal_data,
        system | timelines, console
    main
    demo
    processes
    diagnosis
    commands | tables
    cli
    scheduler (its own package)
"""
