"""Many runs, one table: tasks x models x strategies x seeds.

spec      what is to be compared, checked whole      cells     the runs, each in its folder; resumable
row       what came of one run                       rivals    one strategy held against another
outcome   from rows to tables and figures            intervals bootstrap
chart     a line chart as SVG
"""
