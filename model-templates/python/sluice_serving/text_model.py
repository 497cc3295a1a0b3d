"""A folder of save_pretrained with a model of text: transformers' own pipeline, of local files alone."""

from __future__ import annotations

import os

from .reasons import BadRequest, CannotLoad

# Read once, as huggingface_hub is imported: nothing is ever looked for at a hub.
for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[variable] = "1"

AT_ONCE = 32
"""How many texts go through the model together: what is short is filled up to the longest of them."""
BEYOND = 1_000_000
"""A tokenizer that knows no limit says a number beyond this."""
PADDED_POSITIONS = frozenset({"camembert", "mpnet", "roberta", "xlm-roberta"})
"""Types that count positions from behind the padding."""
MOST_TOLD = 5


class TextModel:
    """Texts in, what transformers' pipeline of the task says of them out."""

    def __init__(self, model_dir: str, version) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        torch.set_num_threads(int(os.environ.get("SLUICE_THREADS", "1")))
        folder = os.path.dirname(os.path.join(model_dir, version.entry))
        local = {"local_files_only": True, "trust_remote_code": False}
        config = transformers.AutoConfig.from_pretrained(folder, **local)
        task = task_of(config, version.entry)
        model, told = getattr(transformers, task.auto).from_pretrained(
            folder, config=config, use_safetensors=True, output_loading_info=True, **local
        )
        refuse_untrained(told, type(model).__name__)
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
        self._most_tokens = most_tokens(self._tokenizer, config)
        self._task = task(config, self._tokenizer)
        self._pipeline = transformers.pipeline(
            task.name, model=model.eval(), tokenizer=self._tokenizer, device="cpu", **self._task.settings
        )
        self._has_padding = self._tokenizer.pad_token_id is not None

    def predict(self, columns: dict) -> dict:
        texts, pairs = columns["text"].tolist(), None
        if "text_pair" in columns:
            pairs = columns["text_pair"].tolist()
        if not texts:
            return self._task.columns_of([])
        self._check(texts, pairs)
        asked = texts if pairs is None else [{"text": a, "text_pair": b} for a, b in zip(texts, pairs)]
        found = self._pipeline(asked, batch_size=AT_ONCE if self._has_padding else 1)
        # Some pipelines answer a list of one as if it were no list.
        is_bare = len(asked) == 1 and (not found or isinstance(found[0], dict))
        return self._task.columns_of([found] if is_bare else found)

    def _check(self, texts: list, pairs: list | None) -> None:
        tokens = self._tokenizer(texts, pairs)["input_ids"]
        for record, ids in enumerate(tokens):
            if self._most_tokens is not None and len(ids) > self._most_tokens:
                raise BadRequest(
                    f"input text of record {record} has {len(ids)} tokens, and the model takes {self._most_tokens}: shorten it"
                )
            self._task.check(record, ids)


class Classification:
    name, auto, settings = "text-classification", "AutoModelForSequenceClassification", {"top_k": None}

    def __init__(self, config, tokenizer) -> None:
        self._at = {label: at for at, label in config.id2label.items()}

    def check(self, record: int, ids: list) -> None:
        pass

    def columns_of(self, found: list) -> dict:
        """The best first, as the pipeline has it; all scores in the order of the labels' numbers."""
        return {
            "label": [entries[0]["label"] for entries in found],
            "score": [entries[0]["score"] for entries in found],
            "scores": [self._in_order(entries) for entries in found],
        }

    def _in_order(self, entries: list) -> list:
        scores = [0.0] * len(entries)
        for entry in entries:
            scores[self._at[entry["label"]]] = entry["score"]
        return scores


class Entities:
    name, auto, settings = "token-classification", "AutoModelForTokenClassification", {"aggregation_strategy": "simple"}

    def __init__(self, config, tokenizer) -> None:
        pass

    def check(self, record: int, ids: list) -> None:
        pass

    def columns_of(self, found: list) -> dict:
        parts = {"labels": "entity_group", "words": "word", "scores": "score", "starts": "start", "ends": "end"}
        return {name: [[entity[key] for entity in entities] for entities in found] for name, key in parts.items()}


class Mask:
    name, auto, settings = "fill-mask", "AutoModelForMaskedLM", {}

    def __init__(self, config, tokenizer) -> None:
        if tokenizer.mask_token_id is None:
            raise CannotLoad("the tokenizer has no mask_token, and the model fills masks: save it with its own tokenizer")
        self._mask, self._mask_id = tokenizer.mask_token, tokenizer.mask_token_id
        self.settings = {"top_k": min(MOST_TOLD, config.vocab_size)}

    def check(self, record: int, ids: list) -> None:
        found = list(ids).count(self._mask_id)
        if found != 1:
            raise BadRequest(f"input text of record {record} has {self._mask} {found} times: it must stand in it once")

    def columns_of(self, found: list) -> dict:
        return {
            "words": [[word["token_str"] for word in words] for words in found],
            "scores": [[word["score"] for word in words] for words in found],
        }


TASKS = {
    "ForSequenceClassification": Classification,
    "ForTokenClassification": Entities,
    "ForMaskedLM": Mask,
}


def task_of(config, entry: str):
    """@raises CannotLoad"""
    for architecture in config.architectures or ():
        for ending, task in TASKS.items():
            if architecture.endswith(ending):
                return task
    raise CannotLoad(f"{entry} names {', '.join(config.architectures or ()) or 'no architecture'}: needed is {', '.join(TASKS)}")


def refuse_untrained(told: dict, name: str) -> None:
    """What the files do not have is made at random, and so would be the answers. @raises CannotLoad"""
    missing = sorted(told["missing_keys"])
    if missing:
        named = ", ".join(missing[:MOST_TOLD]) + (", …" if len(missing) > MOST_TOLD else "")
        raise CannotLoad(f"the weights lack {named}, which {name} needs: save the model after it was trained")


def most_tokens(tokenizer, config) -> int | None:
    """How many tokens of one text the model takes; None where there is no limit."""
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and config.model_type in PADDED_POSITIONS:
        positions -= (config.pad_token_id or 0) + 1
    if not getattr(config, "position_biased_input", True):
        positions = None
    known = [limit for limit in (tokenizer.model_max_length, positions) if limit is not None and 0 < limit < BEYOND]
    return min(known, default=None)
