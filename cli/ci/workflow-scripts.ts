/**
 * The shell parts of the workflow. Names of branches, tags and files are a stranger's to choose: they come through the
 * environment or a list that ends each with NUL, and no script is put together out of them.
 */

/** Find the folders with a `model.yaml` of which a file changed between two commits. */
export const changedModels = `\
# A new branch has no commit before it, and one that was forced may be gone: then every model counts as changed.
if git cat-file -e "$BEFORE^{commit}" 2>/dev/null; then
  git diff --name-only -z "$BEFORE" "$AFTER" -- "$MODELS" >"$RUNNER_TEMP/files"
else
  git ls-tree -r -z --name-only "$AFTER" -- "$MODELS" >"$RUNNER_TEMP/files"
fi
declare -A folders=()
while IFS= read -r -d '' file; do
  folder="./$file"
  while [[ "$folder" == ./*/* ]]; do
    folder="\${folder%/*}"
    if [[ -f "$folder/model.yaml" ]]; then
      folders["$folder"]=1
      break
    fi
  done
done <"$RUNNER_TEMP/files"
for folder in "\${!folders[@]}"; do
  printf '%s\\0' "$folder"
done | sort --zero-terminated >"$RUNNER_TEMP/models"
echo "models that changed: \${#folders[@]}"
`

/** Run a command for each of them, go on after a failure, and end as the worst of them did. */
const forEachModel = (command: string) => `\
worst=0
while IFS= read -r -d '' folder; do
  printf '::group::%q\\n' "$folder"
  status=0
  ${command} || status=$?
  echo '::endgroup::'
  if ((status > worst)); then worst=$status; fi
done <"$RUNNER_TEMP/models"
`

export const checkModels = `${forEachModel('sluice check "$folder" </dev/null')}exit "$worst"\n`

export const pushModels = `${forEachModel('sluice push "$folder" </dev/null')}exit "$worst"\n`

/** The first line of the comment: by it the comment is found again. */
export const commentMark = '<!-- sluice: what changes for callers -->'

/** What changes for callers, as one comment: handed to the next job, which may write it and nothing else. */
export const compareModels = `\
comment="$RUNNER_TEMP/comment"
echo '${commentMark}' >"$comment"
if [[ ! -s "$RUNNER_TEMP/models" ]]; then echo 'No model changed.' >>"$comment"; fi
${forEachModel('{ echo; sluice diff "$folder" --against @live --markdown </dev/null; } >>"$comment"')}\
if ((worst != 0)); then printf '\\nThe log of this run tells more.\\n' >>"$comment"; fi
# A comment has at most 65,536 characters; the end of the value is a word that nobody can guess.
end="$(openssl rand -hex 16)"
{
  echo "comment<<$end"
  head -c 60000 "$comment" | iconv -c -f utf-8 -t utf-8
  printf '\\n%s\\n' "$end"
} >>"$GITHUB_OUTPUT"
cat "$comment" >>"$GITHUB_STEP_SUMMARY"
exit "$worst"
`

/** Write the comment, or write over the one that is there. */
export const writeComment = `\
found="$(gh api --paginate "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" \\
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("${commentMark}"))) | .id')"
found="\${found%%$'\\n'*}"
if [[ -n "$found" ]]; then
  gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$found" --field body="$COMMENT"
else
  gh api --silent --method POST "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" --field body="$COMMENT"
fi
`

/** A tag names a model and a version; its version may still be on its way where branch and tag were pushed together. */
export const promoteTag = `\
if [[ ! "$TAG" =~ ^([a-z][a-z0-9-]*)(@|/v)([0-9A-Za-z.-]+)$ ]]; then
  printf 'the tag %q names no version: MODEL@1.2.3 and MODEL/v1.2.3 do\\n' "$TAG" >&2
  exit 1
fi
model="\${BASH_REMATCH[1]}"
version="\${BASH_REMATCH[3]}"
for ((waited = 0; waited < WAIT_SECONDS; waited += 10)); do
  state="$(sluice show "$model" "$version" --json </dev/null | node -e '
    const { state = "" } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    process.stdout.write(state)' || true)"
  if [[ "$state" == READY || "$state" == FAILED || "$state" == RETIRED ]]; then break; fi
  sleep 10
done
sluice promote "$model" "$version" --reason "tag $TAG, pushed by $ACTOR" </dev/null
`
