"""The real command on two scripted GPUs, of which one falls off while a program runs on it."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gome.testing.nvml import gpu, machine, write
from gome.testing.quickrun import write_task

pytestmark = pytest.mark.slow
ON_THE_FIRST = "SELECT key FROM effects WHERE key LIKE 'lease/% full/gpu:0/%' AND outcome IS NULL"


def asked(journal, query):
    """Return a column of what is on record so far."""
    if not journal.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as opened:
        try:
            return [value for (value,) in opened.execute(query)]
        except sqlite3.OperationalError:  # it has no tables yet
            return []


def test_a_gpu_falls_off(library, script, tmp_path):
    """Its trial ends well on the other, costs no second one of the budget, and the journal says what happened."""
    write(script, machine(gpu(0), gpu(1)))
    out, task = tmp_path / "run", write_task(tmp_path / "task")
    told = os.environ | {"LD_LIBRARY_PATH": str(library.parent), "FAKE_NVML": str(script)}
    line = [str(Path(sys.executable).with_name("gome")), "run", str(task), "--out", str(out), "--devices", "0,1"]
    line += ["--traces", "2", "--max-traces", "2", "--max-trials", "4", "--budget", "120s", "--no-plugins", "--json"]
    with subprocess.Popen(line, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while process.poll() is None and not asked(out / "journal.db", ON_THE_FIRST):
            time.sleep(0.01)
        write(script, machine(gpu(0), gpu(1)) | {"0.any": "GPU_IS_LOST"})
        result = json.loads(process.communicate()[0].splitlines()[-1])

    said = {
        tag: [json.loads(body) for body in asked(out / "journal.db", f"SELECT body FROM messages WHERE tag = '{tag}'")]
        for tag in ("device.lost", "trial.finished", "solution.proposed")
    }
    [lost] = said["device.lost"]
    [repeated] = lost["repeated"]
    assert (lost["device"], process.returncode, result["status"]) == ("gpu:0", 0, "finished")
    finished = {trial["trial"]: trial for trial in said["trial.finished"]}
    assert (len(finished), len(said["trial.finished"]), result["trials"]) == (4, 4, 4)
    assert (finished[repeated.split()[0]]["status"], finished[repeated.split()[0]]["device"]) == ("ok", "gpu:1")
