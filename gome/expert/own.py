"""Classes that the libraries do not have, as source: the network, and a LightGBM with its own way of fitting."""

from importlib.resources import files
from string import Template

from gome.expert.columns import Roles
from gome.expert.models import own_name
from gome.expert.printer import Imports, call, rendered
from gome.expert.recipe import Member, Recipe
from gome.expert.scene import Scene


def template(name: str, /, **fields: str) -> str:
    """One of the fragments in templates/, its fields filled in."""
    text = files("gome.expert").joinpath("templates", f"{name}.py.txt").read_text(encoding="utf-8")
    return Template(text).substitute(fields).strip("\n")


def own_models(members: list[Member], recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> list[str]:
    """Source of the classes that these members need."""
    classes = []
    if held.text and any(member.text == "svd" for member in members):
        imports.name("sklearn.decomposition", "TruncatedSVD")
        classes.append(template("topics"))
    if any(member.family == "mlp" for member in members):
        classes.append(_network(recipe, scene))
    kind = "Classifier" if scene.classifies else "Regressor"
    custom = [m for m in members if m.family == "lightgbm" and (m.early or (m.category == "native" and held.category))]
    for early, native in dict.fromkeys((m.early, m.category == "native" and bool(held.category)) for m in custom):
        classes.append(_own_lightgbm(kind, held, scene, imports, early=early, native=native))
    return classes


def _own_lightgbm(kind: str, held: Roles, scene: Scene, imports: Imports, *, early: bool, native: bool) -> str:
    first = "len(NUMBER)" if held.number else "0"
    options, lines = [], []
    if early:
        imports.name("lightgbm", "early_stopping")
        imports.name("sklearn.model_selection", "train_test_split")
        lines.append("rows, seed = np.arange(len(y)), self.random_state")
        lines.append("rest, held = train_test_split(rows, test_size=0.1, random_state=seed)")
        if scene.classifies:
            lines.append("held = held[np.isin(y[held], y[rest])]")
        told = (
            ["eval_X=X[held]", "eval_y=y[held]"]
            if scene.version("lightgbm") >= (4, 7)
            else ["eval_set=[(X[held], y[held])]"]
        )
        options += [*told, "callbacks=[early_stopping(50, verbose=False)]"]
    if native:
        length = "len(NUMBER) + len(CATEGORY)" if held.number else "len(CATEGORY)"
        options.append(f"categorical_feature=list(range({first}, {length}))")
    table = ("X[rest]", "y[rest]") if early else ("X", "y")
    fitted = call("super().fit", *table, *options)
    body = [f"        {line}" for line in lines] + [rendered(fitted, "return ", 2)]
    does = " and ".join(
        text
        for text, there in (
            ("stops when a tenth of its rows no longer improve", early),
            ("splits categories as such", native),
        )
        if there
    )
    return template(
        "lightgbm", name=own_name(kind, early=early, native=native), kind=kind, does=does, body="\n".join(body)
    )


def _network(recipe: Recipe, scene: Scene) -> str:
    probabilities = [
        "    def predict_proba(self, X):",
        "        return torch.softmax(self._outputs(X), dim=1).numpy()",
        "",
        "    def predict(self, X):",
        "        return self.classes_[self.predict_proba(X).argmax(axis=1)]",
    ]
    if not scene.classifies:
        targets = [
            "        self.mean_, self.scale_ = np.mean(y), np.std(y) or 1.0",
            "        scaled = ((y - self.mean_) / self.scale_).astype(np.float32)",
            "        targets = torch.tensor(scaled, device=self.device_)",
            f"        loss = torch.nn.{'L1Loss' if recipe.loss == 'absolute' else 'SmoothL1Loss'}()",
        ]
        values = [
            "    def predict(self, X):",
            "        return self._outputs(X)[:, 0].numpy() * self.scale_ + self.mean_",
        ]
        return template(
            "network",
            mixin="RegressorMixin",
            targets="\n".join(targets),
            outputs="1",
            squeeze="[:, 0]",
            predict="\n".join(values),
        )
    targets = [
        "        self.classes_, codes = np.unique(y, return_inverse=True)",
        "        targets = torch.tensor(codes, device=self.device_)",
    ]
    weight = ""
    if recipe.balanced:
        targets.append("        weight = len(codes) / torch.bincount(targets) / len(self.classes_)")
        weight = "weight=weight"
    smoothing = "label_smoothing=0.02"
    targets.append(f"        loss = torch.nn.CrossEntropyLoss({', '.join(filter(None, [weight, smoothing]))})")
    return template(
        "network",
        mixin="ClassifierMixin",
        targets="\n".join(targets),
        outputs="self.classes_.size",
        squeeze="",
        predict="\n".join(probabilities),
    )
