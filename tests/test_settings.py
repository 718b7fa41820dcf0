"""Settings, as a run keeps them."""

import json

from gome.settings import ModelSettings, RoleSettings, Settings


def test_settings_survive_their_own_json():
    """What a run keeps of its settings is the settings."""
    told = Settings(traces=3, budget_s=None, llm=ModelSettings(roles={"draft": RoleSettings(effort="high")}))
    assert Settings.of(told.json()) == told


def test_settings_of_another_version_are_read():
    """A field that this version does not have is left out, at every depth; one that is missing has its default."""
    plain = json.loads(Settings(traces=3).json())
    plain["llm"]["taste"] = "strong"
    del plain["seed"]
    assert Settings.of(json.dumps(plain | {"moons": 2})) == Settings(traces=3)
