"""How right the project's own pipeline is on public labelled sets. Asserts nothing; prints tables.

    .venv/bin/python -m tests.benchmark.quality [NAME ...] [--data ../shared/data] [--fine-tune] [--out FILE]

How each figure is made:
- Rows go the way of `firyad train`: they are written to a file and come back by `load_corpus`; `fit_task`
  fits, pools and calibrates the head; messages are then judged through the head, or through a `Classifier`
  over a model made in memory. Nothing is fitted here in another way, save what stands beside it as baseline.
- Splits are those of the files. Nothing is chosen by a row that is judged: where there is something to
  choose, the set's validation part or the rest of its training part chooses, and the table says so.
- Encoders: `bundled` is the one in the wheel with the adapter of data/adapter, `plain` the same without it,
  `fine-tuned` the bundled one fine-tuned further on the training rows (only with --fine-tune: minutes for
  hundreds of rows, half an hour for ten thousand; kept in the cache).
- `goal` is what was aimed at, and whether the figure on its left reaches it.
- A set that is not there is skipped, and the table of it says so. `--rows` caps every part of every set, to
  see whether a measure runs: such figures mean nothing.
"""
