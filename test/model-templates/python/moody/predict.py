from moods import MOODS


def load(model_dir):
    print("loaded", flush=False)
    return {"moods": MOODS}


def predict(inputs, loaded):
    """Behave as the first record with a mood says; else answer how many records came together."""
    records = list(inputs["mood"])
    for record in records:
        mood, _, rest = str(record).partition(":")
        if mood in loaded["moods"]:
            return loaded["moods"][mood](records, rest)
    return [len(records)] * len(records)
