"""What a submission is worth, measured by the harness and never by the code that wrote it.

metrics         Metric, and Metrics: the registry of names        names   how others spell them
classification  regression  ranking                               the functions behind the names
labels          which label is meant by 1, "1", 1.0 or True       columns several targets: the mean
submission      a submission file, read and held against its sample
answers         labels and submissions as arrays                  noise   standard errors over rows
harness         Harness: score, final, compare, official          evidence why the score is what it is
claims          what a solution printed                           checks  the three layers, in code
medals          leaderboard thresholds and medals
"""
