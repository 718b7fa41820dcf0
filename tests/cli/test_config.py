"""Settings and where they come from."""

import pytest

from gome.budget import check
from gome.cli.config import KEYS, load
from gome.errors import SettingInvalid
from gome.settings import Settings


@pytest.fixture
def home(tmp_path):
    """A home folder without configuration."""
    (tmp_path / "home" / ".config" / "gome").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def here(tmp_path):
    """The current folder, without configuration."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def user_file(home):
    return home / ".config" / "gome" / "config.toml"


def test_defaults(home, here):
    """Where nobody tells anything, settings are the defaults, and say so."""
    configuration = load({"model": None}, {"HOME": str(home)}, here)

    assert configuration.settings == Settings()
    assert {told.origin for told in configuration.values.values()} == {"default"}


def test_every_setting_can_be_told():
    """Each field of Settings has one name that users write; the endpoint's address has one of its own beside it."""
    assert sorted(key.field for key in KEYS.values()) == sorted((*Settings.__struct_fields__, "llm.base_url"))


def test_the_stronger_source_wins(home, here):
    """User's file < ./gome.toml < environment < command line; each value knows its origin."""
    user_file(home).write_text('model = "m1"\nstrategy = "s1"\ntraces = 1\nseed = 1\nmax-trials = 5\n')
    (here / "gome.toml").write_text('strategy = "s2"\ntraces = 2\nseed = 2\n')
    environment = {"HOME": str(home), "GOME_TRACES": "3", "GOME_SEED": "3"}

    values = load({"seed": "4"}, environment, here).values

    assert values["model"] == ("m1", str(user_file(home)))
    assert values["strategy"] == ("s2", str(here / "gome.toml"))
    assert values["traces"] == (3, "GOME_TRACES")
    assert values["seed"] == (4, "--seed")
    assert values["max_trials"] == (5, str(user_file(home)))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("12h", 43200.0), ("1h30m", 5400.0), ("45", 45.0)],
    ids=["hours", "mixed", "seconds"],
)
def test_budget(home, here, told, seconds):
    """A budget is a duration, or seconds."""
    assert load({"budget": told}, {"HOME": str(home)}, here).settings.budget_s == seconds


@pytest.mark.parametrize(
    ("told", "joules"),
    [("2kWh", 7.2e6), ("500 Wh", 1.8e6), ("1.5kJ", 1500.0), ("3MJ", 3e6), ("40j", 40.0), ("5000", 5000.0)],
)
def test_energy(home, here, told, joules):
    """An energy has a unit, or is in joules."""
    assert load({"max_energy": told}, {"HOME": str(home)}, here).settings.max_energy_j == joules


def test_budget_as_a_number_in_a_file(home, here):
    """A number in a file is seconds."""
    (here / "gome.toml").write_text("budget = 90\n")

    assert load({}, {"HOME": str(home)}, here).settings.budget_s == 90.0


@pytest.mark.parametrize(
    "options",
    [
        {"traces": "0"},
        {"traces": "65"},
        {"traces": "many"},
        {"max_trials": "0"},
        {"max_trials": "-3"},
        {"max_trials": "1.5"},
        {"max_tokens": "0"},
        {"max_cost": "-1"},
        {"max_cost": "nan"},
        {"max_cost": "inf"},
        {"seed": "-1"},
        {"budget": "0"},
        {"budget": "-5m"},
        {"budget": "soon"},
        {"budget": "12hours"},
        {"max_device_time": "0"},
        {"max_device_time": "8 hours"},
        {"max_energy": "0Wh"},
        {"max_energy": "-1kWh"},
        {"max_energy": "2 horses"},
        {"max_energy": "inf"},
        {"reserve": "-1"},
        {"max_traces": "0"},
        {"model": ""},
    ],
    ids=lambda options: "-".join(f"{name}={value}" for name, value in options.items()),
)
def test_senseless_values(home, here, options):
    """A value that makes no sense is one line that names the option and what was expected."""
    (name, value), *_ = options.items()

    with pytest.raises(SettingInvalid) as caught:
        load(options, {"HOME": str(home)}, here)

    line = str(caught.value)
    assert line.startswith(f"--{name.replace('_', '-')} {value}: expected ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('modle = "x"', "unknown key 'modle'; did you mean 'model'?"),
        ("zzz = 1", "unknown key 'zzz'; there are: model, "),
        ("traces = true", "traces = true: expected a whole number"),
        ('traces = "4"', 'traces = "4": expected a whole number'),
        ("model = 3", "model = 3: expected a name"),
        ("budget = true", "budget = true: expected a time"),
        ("budget = inf", "budget = inf: expected a time"),
        ("traces = ", "not valid TOML"),
    ],
    ids=["typo", "unknown", "bool", "quoted", "number", "bool-budget", "infinite", "malformed"],
)
def test_bad_files(home, here, text, problem):
    """A file's error names the file, the key and what was expected."""
    (here / "gome.toml").write_text(text + "\n")

    with pytest.raises(SettingInvalid) as caught:
        load({}, {"HOME": str(home)}, here)

    assert str(here / "gome.toml") in str(caught.value)
    assert problem in str(caught.value)


def test_a_byte_order_mark_is_no_key(home, here):
    """A file that an editor saved with a BOM reads as any other."""
    (here / "gome.toml").write_text("\ufefftraces = 2\n", encoding="utf-8")

    assert load({}, {"HOME": str(home)}, here).settings.traces == 2


def test_told_file(home, here, tmp_path):
    """GOME_CONFIG stands for the user's file; one that is not there is an error."""
    user_file(home).write_text("traces = 1\n")
    told = tmp_path / "mine.toml"
    told.write_text("seed = 7\n")

    settings = load({}, {"HOME": str(home), "GOME_CONFIG": str(told)}, here).settings

    assert (settings.traces, settings.seed) == (4, 7)
    with pytest.raises(SettingInvalid, match="no such file"):
        load({}, {"HOME": str(home), "GOME_CONFIG": str(tmp_path / "none")}, here)


def test_xdg(home, here, tmp_path):
    """XDG_CONFIG_HOME stands for ~/.config."""
    (tmp_path / "xdg" / "gome").mkdir(parents=True)
    (tmp_path / "xdg" / "gome" / "config.toml").write_text("traces = 9\n")

    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}

    assert load({}, environment, here).settings.traces == 9


def test_variables_that_are_no_settings(home, here):
    """Empty variables and others' GOME_* variables tell nothing; a near miss is an error that names the setting."""
    environment = {"HOME": str(home), "GOME_HOME": "/x", "GOME_TUNER_KEY": "secret", "GOME_MODEL": ""}

    assert load({}, environment, here).settings == Settings()
    with pytest.raises(SettingInvalid, match="did you mean GOME_BUDGET"):
        load({}, environment | {"GOME_BUGDET": "3h"}, here)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("true", True), ("0", False)])
def test_switches(home, here, text, value):
    """A switch in the environment is 1, 0, true or false."""
    environment = {"HOME": str(home), "GOME_ALLOW_UNSANDBOXED": text}

    assert load({}, environment, here).settings.allow_unsandboxed is value


def test_a_standing_limit_does_not_forbid_a_short_run(home, here):
    """From different places both limits stand, and the smaller holds; from one place they contradict each other."""
    (here / "gome.toml").write_text('max_trial_time = "30m"\nmax_trace_trials = 50\n')
    environment = {"HOME": str(home)}

    settings = load({"budget": "10s", "max_trials": "3"}, environment, here).settings
    assert (settings.budget_s, settings.max_trial_s) == (10, 1800)
    check(settings)

    (here / "gome.toml").write_text('budget = "10m"\nmax_trial_time = "30m"\n')
    assert load({"budget": "1h"}, environment, here).settings.max_trial_s == 1800
    with pytest.raises(SettingInvalid, match=r"gome.toml: max_trial_time 1800 is more than budget 600") as caught:
        load({}, environment, here)
    assert str(here) in str(caught.value)


def test_a_value_that_is_too_small_is_named_as_it_is_written(home, here):
    """Whoever gave it finds it there."""
    (here / "gome.toml").write_text('max_device_time = "3s"\n')
    with pytest.raises(SettingInvalid, match=r'gome.toml: max_device_time = "3s": give 4 or more'):
        load({}, {"HOME": str(home)}, here)
    with pytest.raises(SettingInvalid, match=r"^GOME_MAX_DEVICE_TIME=3s: give 4 or more"):
        load({}, {"HOME": str(home), "GOME_MAX_DEVICE_TIME": "3s", "GOME_CONFIG": ""}, here.parent)
