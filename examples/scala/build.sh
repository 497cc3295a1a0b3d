#!/bin/sh
# Fetches Scala by Maven, trains, and packs the jar of the release and what it needs beside it. It takes a JDK and Maven.
set -eu
cd "$(dirname "$0")"
api=${SLUICE_API:-../../model-templates/java/src/sluice}
fetch() { mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies "$@"; }
fetch -DincludeScope=runtime -DoutputDirectory=1.0.0/lib
fetch -DincludeScope=compile -DoutputDirectory=target/compiler
rm -rf target/train target/jar
mkdir -p target/train target/jar/META-INF/services
scalac() { java -cp 'target/compiler/*' scala.tools.nsc.Main -usejavacp -deprecation "$@"; }
# The compiler reads our interface in Java, and compiles none of it: it is the server's own.
scalac -d target/train src/*.scala train/*.scala "$api/Predictor.java" "$api/Columns.java"
java -cp 'target/compiler/*:target/train' Train ../java/iris.csv 1.0.0/species.csv
scalac -d target/jar src/*.scala "$api/Predictor.java" "$api/Columns.java"
echo IrisPredictor > target/jar/META-INF/services/sluice.Predictor
jar --create --file 1.0.0/iris.jar -C target/jar .
