"""The species of an iris by the length of its petals alone: free, and sure of one kind only."""


def predict(inputs):
    found = ["setosa" if length < 2.5 else "virginica" if length > 4.9 else "versicolor" for length in inputs["petal_length"]]
    return {"species": found, "sure": [0.99 if species == "setosa" else 0.6 for species in found]}
