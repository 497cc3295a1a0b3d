import { lockKeys } from '../wiring/store-layout.ts'

const told = '$BUILD_KEY'
const withoutColours = String.raw`sed -E 's/\x1b\[[0-9;]*m//g'`

/**
 * What a build of somebody's Dockerfile does. The files of the release come as the one layer of an image, each of them
 * executable, since a model store keeps no modes. While the steps of the Dockerfile run nobody is logged in: it could
 * stand on the images of other models otherwise.
 */
export const dockerfileCommands: readonly string[] = [
  'case "$TASK$RUNTIME$BUILD_KEY" in *[!a-z0-9]*) echo "malformed TASK, RUNTIME or BUILD_KEY"; exit 1;; esac',
  '[ "$TASK" = dockerfile ] && [ -n "$BUILD_KEY" ] || { echo "there is no such TASK, or no BUILD_KEY"; exit 1; }',
  'case "$REPOSITORY_URI" in *[!a-z0-9./_-]*) echo "malformed REPOSITORY_URI"; exit 1;; esac',
  `set -e
REGISTRY=$(echo "$REPOSITORY_URI" | cut -d/ -f1)
log_in() { aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"; }
log_in
CONTAINER=$(docker create "$REPOSITORY_URI:context-${told}" nothing)
docker cp "$CONTAINER:/opt/sluice/model" context
chmod --recursive 755 context
docker logout "$REGISTRY"
if docker build --provenance=false --sbom=false --tag "$REPOSITORY_URI:built-${told}" context >said.txt 2>&1; then
  cat said.txt
  log_in
  docker push "$REPOSITORY_URI:built-${told}"
else
  cat said.txt
  ${withoutColours} said.txt | tail --bytes=60000 >reason.txt
  aws s3 cp --no-progress reason.txt "s3://$STORE/${lockKeys.unbuilt(told)}"
  exit 1
fi`,
]
