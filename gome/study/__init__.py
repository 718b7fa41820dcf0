"""Many runs, one table: tasks x models x strategies x seeds.

spec      what is to be compared, checked whole      cells     the runs, each in its folder; resumable
outcome   from runs to rows, tables and figures      intervals bootstrap
chart     a line chart as SVG
"""
