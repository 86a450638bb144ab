"""What the scheduler's jobs did last, as the leader tells it now and then: for whoever asks how the service does.

Words: a *turn* is one run of a job; a *leader* is the scheduler that runs them. What the jobs have done stands in their
own tables: nothing is decided by this. Owns `job_runs`.
"""
