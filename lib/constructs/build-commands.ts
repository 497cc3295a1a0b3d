import { lockKeys } from '../wiring/store-layout.ts'

const inStore = (key: string) => `s3://$STORE/${key}`
const told = '$BUILD_KEY'

/** What a failed command wrote, without colours and a builder's marks, is told under the key: `DependencyLocks` reads it. */
const tellReason = [
  String.raw`sed -E 's/\x1b\[[0-9;]*m//g; s/^#[0-9]+ [0-9.]+ //' said.txt | tail --bytes=60000 >reason.txt`,
  `aws s3 cp --no-progress reason.txt "${inStore(lockKeys.refused(told))}"`,
].join('\n')

/** A lock of what a version asks for: it comes in by stdin, so that no shell and no file of a build reads it as its own. */
const lock = `
aws s3 cp --no-progress "${inStore(lockKeys.asked(told))}" asked.txt
docker build --provenance=false --sbom=false --target resolve --tag "resolve-$RUNTIME" "$RUNTIME"
if docker run --rm --interactive "resolve-$RUNTIME" <asked.txt >resolved.lock 2>said.txt; then
  aws s3api put-object --bucket "$STORE" --key "${lockKeys.resolved(told)}" --body resolved.lock --if-none-match '*'
else
  cat said.txt
  ${tellReason}
  exit 1
fi`

/** The dependency image of a lock, or of none. */
const image = `
: >"$RUNTIME/dependencies.lock"
[ -z "$LOCK" ] || aws s3 cp --no-progress "${inStore(lockKeys.lock('$LOCK'))}" "$RUNTIME/dependencies.lock"
REGISTRY=$(echo "$REPOSITORY_URI" | cut -d/ -f1)
aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"
if docker build --provenance=false --sbom=false --tag "$REPOSITORY_URI:deps-$BUILD_KEY" "$RUNTIME" >said.txt 2>&1; then
  cat said.txt
  docker push "$REPOSITORY_URI:deps-$BUILD_KEY"
else
  cat said.txt
  ${tellReason}
  exit 1
fi`

/** What a build does. Every value that it is started with passes a pattern first. */
export const buildCommands: readonly string[] = [
  'case "$TASK$RUNTIME$BUILD_KEY$LOCK" in *[!a-z0-9]*) echo "malformed TASK, RUNTIME, BUILD_KEY or LOCK"; exit 1;; esac',
  '[ -n "$RUNTIME" ] && [ -n "$BUILD_KEY" ] || { echo "RUNTIME or BUILD_KEY is missing"; exit 1; }',
  'case "$REPOSITORY_URI" in *[!a-z0-9./_-]*) echo "malformed REPOSITORY_URI"; exit 1;; esac',
  `set -e
case "$TASK" in
lock)${lock.replaceAll('\n', '\n  ')}
  ;;
image)${image.replaceAll('\n', '\n  ')}
  ;;
*)
  echo "there is no such TASK"
  exit 1
  ;;
esac`,
]
