#!/bin/sh
# Compiles the predictor and the training, trains it, and packs the jar of the release. A JDK of 17 or newer is all it takes.
set -eu
cd "$(dirname "$0")"
api=../../model-templates/java/src
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
mkdir "$made/train" "$made/jar"
javac --release 17 -implicit:class -nowarn -sourcepath "src:$api" -d "$made/train" train/Train.java
java -cp "$made/train" Train iris.csv 1.0.0/weights.csv
# Our interface is the server's own: it need not be in the jar.
javac --release 17 -implicit:none -nowarn -sourcepath "$api" -d "$made/jar" src/*.java
mkdir -p "$made/jar/META-INF/services"
echo IrisPredictor > "$made/jar/META-INF/services/sluice.Predictor"
jar --create --date=2026-01-01T00:00:00Z --file 1.0.0/iris.jar -C "$made/jar" . 2> /dev/null \
  || jar --create --file 1.0.0/iris.jar -C "$made/jar" .
