"""What a submission is worth, measured by the harness and never by the code that wrote it.

metrics         Metric, and Metrics: the registry of names        names   how others spell them
classification  regression  ranking                               the functions behind the names
labels          which label is meant by 1, "1", 1.0 or True       columns several targets: the mean
submission      a submission file, read and held against its sample
answers         labels and submissions as arrays                  noise   standard errors over rows
harness         Harness: score, final, compare, official          evidence why the score is what it is
claims          what a solution printed                           checks  format and alignment, in code
noticed         what predictions show besides their score         medals  leaderboard thresholds and medals
mismatch        another metric than the task's was claimed        leaks   columns that tell too much
reading/        whether the code validates what it claims         chance  what guessing gives
probing         a view with labels shuffled and rows doubled      ladder  what is told of a score
shuffled        what a program claims of shuffled labels          custom  a metric from a file of the user's
validated       on what share of the rows it measures itself      scorer  the process that such a metric lives in
ruling          verdict, new best or not, what is told
"""
