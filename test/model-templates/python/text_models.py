"""Save a small random model of text of every type that is served, as save_pretrained does, and ask transformers' own
pipeline what it answers. Run: python text_models.py FOLDER TYPE...
"""

import json
import os
import shutil
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
root, types = sys.argv[1], sys.argv[2:]
torch.manual_seed(0)
words = "[PAD] [UNK] [CLS] [SEP] [MASK] the wine is good bad not very and food cold Anna lives in Paris".split()
texts = ["the wine is good", "bad", "the food is not very good and the wine is cold", "", "Anna lives in Paris"]
masked = [f"the {one} is [MASK]" for one in ("wine", "food", "good food")]
pairs = [{"text": a, "text_pair": b} for a, b in zip(texts, reversed(texts))]
cases = {}

tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)
special = {name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")}
known = {"model_max_length": 32, "model_input_names": ["input_ids", "attention_mask"]}
fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **known, **special)
small = {
    **{"vocab_size": len(words), "hidden_size": 16, "intermediate_size": 32, "max_position_embeddings": 40, "pad_token_id": 0},
    **{"num_hidden_layers": 2, "num_attention_heads": 2, "embedding_size": 16, "dim": 16, "hidden_dim": 32, "n_layers": 2},
    **{"n_heads": 2, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3, "local_attention": 8},
}


def put(name, kind, auto, task, asked, settings, **more):
    config = transformers.AutoConfig.for_model(kind, **{**small, **more})
    model = auto.from_config(config).eval()
    with torch.no_grad():
        # A model that was made just now hardly tells its labels apart.
        for parameter in model.parameters():
            parameter.mul_(4)
    folder = os.path.join(root, name)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    said = transformers.pipeline(task, model=folder, tokenizer=folder, device="cpu", **settings)
    found = [said(one) for one in asked]
    # One at a time, and of a classification the list of one that it makes of it.
    found = [one[0] if one and isinstance(one[0], list) else one for one in found]
    cases[name] = {"inputs": columns_of(asked), "expected": [as_told(entries, config, name) for entries in found]}


def as_told(entries, config, name):
    """What the pipeline says, as the platform is to give it."""
    if name == "entities":
        parts = {"labels": "entity_group", "words": "word", "scores": "score", "starts": "start", "ends": "end"}
        return {key: [entity[part] for entity in entries] for key, part in parts.items()}
    if name == "mask":
        return {"words": [word["token_str"] for word in entries], "scores": [word["score"] for word in entries]}
    by_label = {entry["label"]: entry["score"] for entry in entries}
    every = [by_label[config.id2label[at]] for at in range(len(by_label))]
    best = max(entries, key=lambda entry: entry["score"])
    if name in ("each", "number"):
        return every if name == "each" else every[0]
    return {"label": best["label"], "scores": every} if name == "pairs" else best


def columns_of(asked):
    if isinstance(asked[0], str):
        return {"text": asked}
    return {key: [one[key] for one in asked] for key in asked[0]}


def declare(name, inputs, outputs):
    with open(os.path.join(root, name, "model.yaml"), "w") as file:
        json.dump({"signature": {"inputs": inputs, "outputs": outputs}}, file)


classes = transformers.AutoModelForSequenceClassification
three = {"id2label": {0: "bad", 1: "fair", 2: "good"}, "label2id": {"bad": 0, "fair": 1, "good": 2}}
every = {"top_k": None}
for kind in types:
    put(kind, kind, classes, "text-classification", texts, every, **three)
put("no-labels", "bert", classes, "text-classification", texts, every)
put("each", "bert", classes, "text-classification", texts, every, problem_type="multi_label_classification", **three)
put("number", "bert", classes, "text-classification", texts, every, num_labels=1, problem_type="regression")
put("pairs", "bert", classes, "text-classification", pairs, every, **three)
text, label = {"name": "text", "type": "string"}, {"name": "label", "type": "string"}
scores = {"name": "scores", "type": "float32", "shape": [3]}
declare("pairs", [text, {"name": "text_pair", "type": "string"}], [label, scores])
tags = {"id2label": {0: "O", 1: "B-PER", 2: "B-LOC"}, "label2id": {"O": 0, "B-PER": 1, "B-LOC": 2}}
entities = {"aggregation_strategy": "simple"}
put("entities", "bert", transformers.AutoModelForTokenClassification, "token-classification", texts, entities, **tags)
put("mask", "distilbert", transformers.AutoModelForMaskedLM, "fill-mask", masked, {})



def spoil(name, of, asked, **more):
    """What is refused once it is looked at by its server."""
    shutil.copytree(os.path.join(root, of), os.path.join(root, name))
    place = os.path.join(root, name, "config.json")
    with open(place) as file:
        config = json.load(file)
    with open(place, "w") as file:
        json.dump({**config, **more}, file)
    cases[name] = {"inputs": {"text": asked}, "expected": []}


spoil("long", "bert", ["good " * 31])
spoil("unmasked", "mask", ["the wine"])
spoil("masked-twice", "mask", ["[MASK] [MASK]"])
spoil("untrained", "bert", ["good"], architectures=["BertForMaskedLM"])

with open(os.path.join(root, "cases.json"), "w") as file:
    json.dump(cases, file, default=float)
