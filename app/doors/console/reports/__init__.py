"""Reports: the 17:00 report by day, KPIs with their trend, ledgers, appeals, statements, the mix; each as files."""
