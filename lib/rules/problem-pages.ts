/** What `sluice explain CODE` prints and `docs/errors.md` lists. */
export interface ProblemPage {
  /** The HTTP status the problem has when a request causes it. */
  readonly status: number
  readonly title: string
  /** How one comes to see it. */
  readonly cause: string
  /** What to do. */
  readonly mend: string
}

/** Every problem there is, by its code. A code is never renamed. */
export const problemPages = {
  // The caller's request.
  'path-malformed': {
    status: 400,
    title: 'Path malformed',
    cause:
      'The path of the request holds a character, an empty or a dotted segment that no path of Sluice has, or was percent-encoded twice. Such paths are refused before anything looks at them, so that no encoding can turn one model into another.',
    mend: 'Write the path plainly: letters, digits, . _ ~ ^ - between slashes.',
  },
  'path-unknown': {
    status: 404,
    title: 'Path unknown',
    cause: 'There is nothing at this path for this method.',
    mend: 'Compare it with the paths in the documentation; predictions are POST /models/MODEL/invocations.',
  },
  'host-refused': {
    status: 403,
    title: 'Host refused',
    cause:
      'The Host header names another machine than this one, or the Origin header another site. The laptop platform answers only to localhost, so that no web page can reach it.',
    mend: 'Call http://localhost:PORT or http://127.0.0.1:PORT.',
  },
  'body-malformed': {
    status: 400,
    title: 'Body malformed',
    cause: 'The body cannot be read as its content type says, or holds no record.',
    mend: 'Send JSON (a record, a list of records, {"instances": …}, {"inputs": …}, {"dataframe_split": …} or {"dataframe_records": …}), CSV with a header, JSON Lines, or NPY.',
  },
  'content-type-unknown': {
    status: 415,
    title: 'Content type unknown',
    cause: 'The body is of a content type that predictions are not asked in.',
    mend: 'Send application/json, text/csv, application/jsonlines or application/x-npy.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not acceptable',
    cause: 'The Accept header asks for a type that this answer cannot be written in.',
    mend: 'Accept application/json, text/csv, application/jsonlines, or, where predictions are numbers, application/x-npy.',
  },
  'timeout-malformed': {
    status: 400,
    title: 'Timeout malformed',
    cause: 'The header Request-Timeout holds something else than a number of seconds above 0.',
    mend: 'Write the seconds that you wait, such as 2 or 0.5, or leave the header out.',
  },
  'body-too-large': {
    status: 413,
    title: 'Body too large',
    cause: 'The body is larger than the host of this version can take.',
    mend: 'Send fewer records a request.',
  },
  'request-invalid': {
    status: 422,
    title: 'Request invalid',
    cause:
      "A record does not fit the version's signature: an input is missing, unknown, of another type, out of its range or of another shape. Or the version's own server has looked at the request and refused it.",
    mend: 'See `errors`: each names the place in your body, what was found and what is allowed. `sluice show MODEL` prints the signature.',
  },
  'request-malformed': {
    status: 400,
    title: 'Request malformed',
    cause: 'The body of a control request lacks a field, or holds one that is unknown or of another type.',
    mend: 'See `errors` for each field.',
  },
  // What was asked for.
  'model-unknown': {
    status: 404,
    title: 'Model unknown',
    cause: 'No version of this model was ever released here.',
    mend: '`sluice list` shows the models there are.',
  },
  'version-unknown': {
    status: 404,
    title: 'Version unknown',
    cause: 'This version was not released here.',
    mend: '`sluice show MODEL` shows the versions there are.',
  },
  'version-not-ready': {
    status: 409,
    title: 'Version not ready',
    cause: 'The release of this version is still under way, or failed.',
    mend: '`sluice show MODEL` tells its state; wait for the release, or mend what its problem says and push it again.',
  },
  'version-retired': {
    status: 410,
    title: 'Version retired',
    cause: 'This version was retired and does not answer any more.',
    mend: 'Call a newer version, a range such as versions/1, or the alias live.',
  },
  'alias-unknown': {
    status: 404,
    title: 'Alias unknown',
    cause: 'The model has no alias of this name, or nothing was promoted to it yet.',
    mend: '`sluice show MODEL` shows its aliases.',
  },
  'range-unresolved': {
    status: 404,
    title: 'Range unresolved',
    cause:
      'No accepted version lies in this range. A version is accepted when it completed a rollout on live and was not rolled back since.',
    mend: 'Call an exact version, or promote one inside the range.',
  },
  'operation-unknown': {
    status: 404,
    title: 'Operation unknown',
    cause: 'There is no operation of this id.',
    mend: '`sluice show MODEL` lists the latest operations.',
  },
  // Names.
  'model-name-malformed': {
    status: 400,
    title: 'Model name malformed',
    cause:
      'Model names are 2 to 40 of a-z, 0-9 and -, a letter first, no - at the end, and no reserved word.',
    mend: 'Choose another name.',
  },
  'version-malformed': {
    status: 400,
    title: 'Version malformed',
    cause:
      'Versions are semver without build metadata, at most 32 characters; ranges are 1, 1.2, 1.x, ^1.2 or ~1.2.3.',
    mend: 'Write it as MAJOR.MINOR.PATCH, for example 1.4.0.',
  },
  'alias-malformed': {
    status: 400,
    title: 'Alias malformed',
    cause: 'Aliases are 1 to 39 of a-z, 0-9 and -, a letter first; `previous` follows `live` by itself.',
    mend: 'Choose another alias.',
  },
  'store-key-malformed': {
    status: 400,
    title: 'Place in the store malformed',
    cause: 'An object was put where no release can be.',
    mend: 'Put one file at models/MODEL/VERSION.onnx, or several in the folder models/MODEL/VERSION/.',
  },
  // A release.
  'manifest-invalid': {
    status: 422,
    title: 'Manifest invalid',
    cause:
      'model.yaml cannot be read, or holds unknown keys or values that are not allowed. Every fault is listed.',
    mend: 'Mend each line named, try again with `sluice check PATH`, and push again.',
  },
  'baseline-invalid': {
    status: 422,
    title: 'Baseline invalid',
    cause:
      'The release has a baseline (baseline.csv, baseline.parquet or baseline.jsonl), a sample of what the model was trained on, that cannot be compared with: it has other columns than the model, values of another type, no rows, or cannot be read.',
    mend: 'Write the inputs under their names, and the outputs where they are known, and nothing else: df[inputs].sample(10_000).to_csv("baseline.csv", index=False). Or leave the file out: then the version learns from its first recorded calls. `sluice check PATH` tells the same before a push.',
  },
  'artifact-differs': {
    status: 422,
    title: 'Artifact differs',
    cause: 'The files uploaded are not those that `files` in model.yaml names, by size or SHA-256.',
    mend: 'Upload again with `sluice push`, which writes `files` itself.',
  },
  'artifact-incomplete': {
    status: 422,
    title: 'Artifact incomplete',
    cause: 'The upload was not whole within a day.',
    mend: 'Upload what is missing; the release starts anew.',
  },
  'artifact-too-large': {
    status: 422,
    title: 'Artifact too large',
    cause: 'The upload has more files, or more bytes, than one release may have.',
    mend: 'Leave out what the model does not need to answer; pack many small files into one.',
  },
  'archive-refused': {
    status: 422,
    title: 'Archive refused',
    cause:
      'The .tar.gz or .zip is damaged, or holds what no model needs and what tools unpack in more than one way: links, devices, paths that lead out of it or lie over each other, a thousandfold of its size. It is read to its last byte before anything is unpacked, and nothing of this one was.',
    mend: 'Pack plain files and folders: tar -czhf model.tar.gz -C FOLDER . or zip -r model.zip FOLDER. Or push the folder as it is.',
  },
  'artifact-unrecognised': {
    status: 422,
    title: 'Artifact unrecognised',
    cause: 'No runtime here can serve these files, or it is unclear which file is the model.',
    mend: 'Leave exactly one .onnx, .joblib, .pkl, .pickle or .skops file in the release, or add a predict.py.',
  },
  'graph-invalid': {
    status: 422,
    title: 'Graph invalid',
    cause:
      'The graph.yaml cannot be released: its form, an expression, a name or a version that it names, a circle, a node that nothing uses, or what flows from one node does not fit the next.',
    mend: 'Every fault stands in `errors` with its line and column, what was found and what is allowed; docs/graphs.md tells the form. `sluice check PATH --platform URL` looks its nodes up as well.',
  },
  'artifact-corrupt': {
    status: 422,
    title: 'Artifact corrupt',
    cause: 'The file is not what its name says, or not whole.',
    mend: 'Export it again, and compare sizes before and after the upload.',
  },
  'artifact-unsafe': {
    status: 422,
    title: 'Artifact unsafe',
    cause:
      'A pickle or joblib file is a program that runs when it is loaded, and this one would call something else than scikit-learn and what that stands on. Or an .rds of R holds what runs as soon as somebody looks at it. It was not loaded.',
    mend: 'Save the model as .skops or .onnx. Where you trust the file and need it, add a predict.py, or a predict.R, that loads it itself, or set `unsafePickle: true` in model.yaml on a platform that allows it.',
  },
  'unsafe-pickle-refused': {
    status: 422,
    title: 'Unsafe pickle refused',
    cause:
      'The manifest asks for `unsafePickle: true`: the model file is then loaded as pickle does, which runs whatever the file says. Whoever runs this platform does not allow that. Nothing was loaded.',
    mend: 'Take `unsafePickle` out and save the model as .skops or .onnx, or ask whoever runs the platform: on a laptop `sluice up --allow-unsafe-pickle`, on AWS `allowUnsafePickle: true` with `isolated: true`.',
  },
  'recording-off': {
    status: 422,
    title: 'Recording is off',
    cause:
      'The manifest asks for calls to be recorded (`capture.samplePercent`), and whoever runs this platform made it with `capture: false`. Nothing would be recorded, so that drift, feedback and replay would never say anything.',
    mend: 'Take `capture` out of model.yaml, or set `samplePercent: 0`; or ask whoever runs the platform to let it record calls.',
  },
  'requirements-malformed': {
    status: 422,
    title: 'Requirements malformed',
    cause:
      'The file that says which packages the version needs cannot be used. requirements.txt holds a line that is no package with its versions: an option, a URL, a path, another file or an environment variable; package.json or package-lock.json names a folder, a Git repository or an address in place of a version, or the two contradict each other; renv.lock or DESCRIPTION asks for a package that is in no repository such as CRAN.',
    mend: 'In requirements.txt write one package a line, for example scikit-learn==1.9.1, with --hash=sha256:… where you pin digests; package.json and package-lock.json are pushed as npm install wrote them. Put your own modules beside the program.',
  },
  'onnx-unsupported': {
    status: 422,
    title: 'ONNX model unsupported',
    cause:
      'The model is valid ONNX that cannot be served: an output is no tensor, a type is exotic, or there is no batch dimension.',
    mend: 'Export it with ZipMap off, float32 inputs and a dynamic first axis.',
  },
  'signature-differs': {
    status: 422,
    title: 'Signature differs',
    cause: 'model.yaml declares other inputs or outputs than the artifact has.',
    mend: 'Leave `signature` out, or make it say the same.',
  },
  'signature-unknown': {
    status: 422,
    title: 'Signature unknown',
    cause: 'Neither the artifact nor the examples tell what the model takes.',
    mend: 'Write `signature` in model.yaml.',
  },
  'golden-check-failed': {
    status: 422,
    title: 'Golden check failed',
    cause:
      'The version did not answer an example of its manifest, or the input example that MLflow saved with it, as expected, so no traffic reached it.',
    mend: 'See `errors` for expected, found and the difference; mend the model or the example, and push again.',
  },
  'endpoint-failed': {
    status: 422,
    title: 'Endpoint failed',
    cause: 'The version could not be started: its server did not load the model.',
    mend: 'Read the reason given; try the model with the same runtime version on your machine.',
  },
  'python-missing': {
    status: 422,
    title: 'Python missing',
    cause:
      'A version of the python runtime runs, on a laptop, on the Python of that machine, and none was found that is new enough and can make environments.',
    mend: 'Install Python 3.9 or newer with its venv module, or name one with SLUICE_PYTHON; start the platform again if its PATH changed, and push again.',
  },
  'r-missing': {
    status: 422,
    title: 'R missing',
    cause:
      'A version of the r runtime runs, on a laptop, on the R of that machine, and none was found that is new enough.',
    mend: 'Install R 4.2 or newer (on Debian and Ubuntu `apt-get install r-base-core r-cran-httpuv r-cran-jsonlite`), or name its Rscript with SLUICE_R; start the platform again if its PATH changed, and push again.',
  },
  'java-missing': {
    status: 422,
    title: 'Java missing',
    cause:
      'A version of the java runtime runs, on a laptop, on the JDK of that machine, and none was found that is new enough and has a compiler.',
    mend: 'Install a JDK of Java 17 or newer, or name one with SLUICE_JAVA_HOME; start the platform again if its variables changed, and push again.',
  },
  'environment-failed': {
    status: 422,
    title: 'Environment failed',
    cause:
      'The packages that the version needs could not be brought together: one does not exist, two contradict each other, one does not install here, the bytes are not those of its hashes, or the package index cannot be reached.',
    mend: 'See which package the reason names; change the requirements, or mend the way to the package index, and push again.',
  },
  'docker-missing': {
    status: 422,
    title: 'Docker missing',
    cause:
      'A version of the container runtime runs, on a laptop, in a container, and no Docker engine of this machine answers.',
    mend: 'Install Docker Engine, Docker Desktop or another engine with the docker command, start it, see that `docker info` answers, and push again. Every other runtime does without.',
  },
  'image-build-failed': {
    status: 422,
    title: 'Image build failed',
    cause:
      'The image of the Dockerfile could not be built: an instruction cannot be read, a file is not in the release, a base image cannot be had, or a command ended with an error.',
    mend: 'Mend the line of the Dockerfile that the problem names; `sluice logs MODEL VERSION` has all that the build wrote once the version is there. Try it by itself with: docker build FOLDER.',
  },
  'image-unavailable': {
    status: 422,
    title: 'Image unavailable',
    cause: 'The image that model.yaml names is not there, may not be read, or is none that its host can run.',
    mend: 'On a laptop: see that `docker pull IMAGE` works where the platform runs: the name, the tag, and `docker login` where the registry asks who you are. On AWS: push it to ECR in the account and Region of the platform, into a repository that the platform may read (imageSources), for the processor of host.architecture. Then push again.',
  },
  'quota-reached': {
    status: 409,
    title: 'Quota reached',
    cause:
      'The AWS account allows less than the version asks for, with what others have already: images in a repository, reserved Lambda environments, calls at once on serverless endpoints, or instances of a type. Nothing was made.',
    mend: 'The message says what is allowed, what is taken and which field asks for less. Have the quota raised in the Service Quotas console, retire what nobody needs, or change the manifest; then push again.',
  },
  'host-unable': {
    status: 422,
    title: 'Host unable',
    cause: 'The manifest asks for something that the host of this version cannot give.',
    mend: 'See what was found and what is allowed; change `host:` in model.yaml, and push again.',
  },
  'served-is-not-ours': {
    status: 500,
    title: 'What is served is not what was asked for',
    cause:
      'After a change the endpoint was looked at again, and its image digest or its configuration is another one.',
    mend: 'The alias was left or taken back where it was. Somebody else changes these endpoints: find out who.',
  },
  'version-exists': {
    status: 409,
    title: 'Version exists',
    cause: 'Versions are immutable, and this one was released before. What is served did not change.',
    mend: 'Push the new bytes under a new version.',
  },
  // Moving aliases.
  'rollout-malformed': {
    status: 400,
    title: 'Rollout malformed',
    cause: 'The plan of the rollout cannot be carried out.',
    mend: 'Write all-at-once, canary:10%/600s,50%/600s or linear:20%/60s; weights rise and stay below 100.',
  },
  'rollout-under-way': {
    status: 409,
    title: 'Rollout under way',
    cause: 'Another rollout moves this alias.',
    mend: '`sluice watch OPERATION` it, or roll it back first.',
  },
  'not-a-promotion': {
    status: 409,
    title: 'Not a promotion',
    cause: 'Only a promotion has a rollout that can be paused, resumed, skipped or aborted.',
    mend: 'Name the promotion: `sluice show MODEL` lists the operations of a model.',
  },
  'operation-over': {
    status: 409,
    title: 'Operation over',
    cause: 'The operation has ended, so that nothing of it can be held or ended any more.',
    mend: 'Look at how it ended with `sluice watch OPERATION`; `sluice rollback MODEL` takes back what was promoted.',
  },
  'not-baking': {
    status: 409,
    title: 'Not baking',
    cause:
      'The promotion has no canary at this moment: it has not given any traffic yet, or is about to end.',
    mend: 'Wait until it bakes, or end it with `sluice abort OPERATION`.',
  },
  'already-paused': {
    status: 409,
    title: 'Already paused',
    cause: 'Somebody has paused the rollout before; the message says who, and why.',
    mend: 'Nothing is to be done; `sluice resume OPERATION` lets it go on.',
  },
  'not-paused': {
    status: 409,
    title: 'Not paused',
    cause: 'The rollout is not paused, or somebody has resumed it before.',
    mend: 'Nothing is to be done.',
  },
  'rollout-paused': {
    status: 409,
    title: 'Rollout paused',
    cause: 'A paused rollout gives its canary no more traffic, so that no step can be skipped.',
    mend: 'Resume it with `sluice resume OPERATION`, then skip the step.',
  },
  'step-passed': {
    status: 409,
    title: 'Step passed',
    cause: 'The rollout is at another step than the one that was to be skipped: it has advanced meanwhile.',
    mend: 'Look at it with `sluice watch OPERATION`, and skip its present step if that is still wanted.',
  },
  aborted: {
    status: 409,
    title: 'Aborted',
    cause: 'Somebody ended the promotion; the message says who, and why.',
    mend: 'Promote the version again when it is meant to get traffic.',
  },
  'already-live': {
    status: 409,
    title: 'Already live',
    cause: 'The alias serves this version already.',
    mend: 'Nothing is to be done, or another version was meant.',
  },
  'contract-broken': {
    status: 409,
    title: 'Contract broken',
    cause:
      'The version changes its inputs or outputs so that callers of the version that the alias serves would break, and its version number does not say so: a new input, a narrowed type or range, a removed or changed output need a major step. Under `compatibility: full` so does what would leave no way back. No traffic moved.',
    mend: 'See `errors`, or `sluice diff MODEL SERVED NEW`. Push it under a new major version, keep the inputs and outputs as they were, or write `release: {compatibility: none}` where nobody is promised anything. To return to an older version use `sluice rollback`, which is never refused for this.',
  },
  'metrics-worse': {
    status: 409,
    title: 'Metrics worse',
    cause:
      'The manifest holds the version to metrics (`release.metrics`), and what was measured of it (`source.metrics`) is worse than what was measured of the version that the alias serves, by more than the margin, or was not measured. No traffic moved.',
    mend: 'See `errors` for each metric. Train a better version and push it, measure what is missing, or widen the margin in a new version.',
  },
  'replay-differs': {
    status: 409,
    title: 'Replay differs',
    cause:
      'The manifest asks for recorded requests to be replayed before the first traffic (`release.replay`), and the version answered fewer of them as the served version does than `minAgreementPercent` asks for; or fewer than `minRows` could be compared, or none of those that there were. No traffic moved.',
    mend: 'See `errors` for the worst cases, and `sluice compare MODEL SERVED NEW` for all that was found. Where the new answers are the better ones, push the version anew with a wider `tolerance`, a lower `minAgreementPercent` or without `replay`.',
  },
  'not-comparable': {
    status: 409,
    title: 'Not comparable',
    cause:
      'Answers are compared output by output, and one of the versions does not say what it takes and answers, or the two have no output in common.',
    mend: 'Write the signature of a container into its manifest, or name two versions that answer the same.',
  },
  'comparison-under-way': {
    status: 409,
    title: 'Comparison under way',
    cause:
      'Recorded requests of this model are being replayed already; one comparison of a model runs at a time, so that its callers are not kept waiting.',
    mend: 'Try again when `Retry-After` says.',
  },
  'no-shadow': {
    status: 409,
    title: 'No shadow',
    cause: 'No version answers in the shadow of this alias.',
    mend: 'Nothing is to be done, or another alias was meant. See `sluice show MODEL`.',
  },
  'comparison-unknown': {
    status: 404,
    title: 'Comparison unknown',
    cause: 'No comparison of this id is kept. The last 20 of each model are.',
    mend: 'See `GET /models/{model}/comparisons` for those that are, or compare again.',
  },
  'nothing-to-return-to': {
    status: 409,
    title: 'Nothing to return to',
    cause: 'The alias has served no other version before.',
    mend: 'Name a version with "to", or push one.',
  },
  'moved-meanwhile': {
    status: 409,
    title: 'Moved meanwhile',
    cause: 'Somebody else moved the same model again and again while this was decided.',
    mend: 'Look at `sluice show MODEL`, and try again.',
  },
  'approval-needed': {
    status: 409,
    title: 'Approval needed',
    cause:
      'The alias moves with approval, and a rollback, which waits for nobody, was asked to a version that the alias never served.',
    mend: 'Promote the version instead: `sluice promote MODEL VERSION`, and let somebody approve it.',
  },
  'approval-over': {
    status: 409,
    title: 'Approval over',
    cause: 'The promotion does not wait for a person: it was decided on, or never waited.',
    mend: 'Look at it with `sluice watch OPERATION`; ask for it anew with `sluice promote` where it was rejected.',
  },
  'approval-expired': {
    status: 409,
    title: 'Approval expired',
    cause: 'Nobody decided on the promotion in the time that its manifest gives; nothing was moved.',
    mend: 'Ask for it anew with `sluice promote`; `release.approvalExpiresSeconds` says how long it waits.',
  },
  rejected: {
    status: 409,
    title: 'Rejected',
    cause: 'Somebody decided against the promotion; nothing was moved.',
    mend: 'Read the reason in `sluice history MODEL`; mend it in a new version, or ask anew.',
  },
  'four-eyes': {
    status: 403,
    title: 'Four eyes',
    cause:
      'The alias moves only with the consent of a person who neither pushed the version nor asked for the promotion, and the caller cannot be told apart from those.',
    mend: 'Let another person approve, with a key or role of their own. On a laptop without --auth everybody is one user: start it with `sluice up --auth keys`.',
  },
  'approval-link-unknown': {
    status: 404,
    title: 'Approval link unknown',
    cause: 'The link is mistyped, was never made, or its time is over.',
    mend: 'Ask whoever sent it for a new one: `sluice approve OPERATION --link`.',
  },
  'approval-links-off': {
    status: 409,
    title: 'Approval links off',
    cause: 'This platform has no page that opens without an account, as links need.',
    mend: 'Approve with `sluice approve`; or let who runs the platform deploy it with `approvalLinks: true`.',
  },
  'still-in-use': {
    status: 409,
    title: 'Still in use',
    cause:
      'Somebody needs the version: an alias, a rollout, the way back of an alias or a range reaches it, an operation works on it, a graph asks it, its sunset is still to come, callers are sent to it, or it was called by its own path or a range within the last 7 days.',
    mend: 'Every reason stands in `errors`, with what would be allowed: move what reaches it, wait for its sunset, or speak with its callers (`sluice callers MODEL VERSION`); `--ignore-callers` overrides these alone.',
  },
  'sunset-malformed': {
    status: 400,
    title: 'Sunset malformed',
    cause: 'A sunset is a date or a time of RFC 3339, and lies in the future.',
    mend: 'Write it as 2027-03-31 or 2027-03-31T12:00:00Z; without a sunset a version is deprecated until further notice.',
  },
  'successor-unfit': {
    status: 409,
    title: 'Successor unfit',
    cause:
      'The version named as successor is not there, not READY, deprecated itself, or the version in question.',
    mend: 'Name a version that is READY and not deprecated, or none.',
  },
  'not-deprecated': {
    status: 409,
    title: 'Not deprecated',
    cause: 'A deprecation was to be taken back, and the version is not deprecated.',
    mend: 'Nothing is to be done, or another version was meant.',
  },
  'rolled-back': {
    status: 409,
    title: 'Rolled back',
    cause:
      'The verdict took the traffic back from the canary: it did harm, or could not be judged before the deadline.',
    mend: 'Read the reason; `sluice history MODEL` keeps it. Mend the model and push a new version.',
  },
  // Serving.
  'model-failed': {
    status: 502,
    title: 'Model failed',
    cause: 'The model raised an error on this request.',
    mend: 'If other requests succeed, the model cannot handle these inputs: tell its owner the request id.',
  },
  'graph-failed': {
    status: 502,
    title: 'Graph failed',
    cause:
      'Inside a graph, an expression failed, or gave what the next node does not take, or a node answered with something else than its signature promises. The answer names the node, its model and its version.',
    mend: 'Tell the owner of the graph the request id. Where other requests succeed, the graph does not bear these inputs; a `fallback` in it would.',
  },
  'model-timeout': {
    status: 504,
    title: 'Model timed out',
    cause: 'The prediction took longer than host.timeoutSeconds of the manifest allows, and was ended.',
    mend: 'Send fewer records, or release a version with a longer timeout.',
  },
  'endpoint-unavailable': {
    status: 503,
    title: 'Endpoint unavailable',
    cause: 'The version is starting, or starting again.',
    mend: 'Try again after the seconds that Retry-After says.',
  },
  'version-waking': {
    status: 503,
    title: 'Version waking',
    cause:
      'The version was parked, because nobody had called it and its instances are paid by the hour; this request has ' +
      'begun to start them again, which takes some minutes.',
    mend: 'Try again after the seconds that Retry-After says; `host: {keepRunning: true}` keeps a version from being parked.',
  },
  'endpoint-changing': {
    status: 503,
    title: 'Endpoint changing',
    cause: 'SageMaker is making or changing the endpoint, and lets nobody remove it meanwhile.',
    mend: 'Nothing: it is asked again until it is gone.',
  },
  'model-busy': {
    status: 429,
    title: 'Model busy',
    cause:
      'The version is asked for more than it can answer in good time, or than it may (host.maxConcurrency, or the limit ' +
      'of the account). What is refused so is refused at once, and was not begun.',
    mend: 'Try again after the seconds that Retry-After says; where it stays, raise the limit or send several records a request.',
  },
  'gateway-busy': {
    status: 429,
    title: 'Gateway busy',
    cause:
      'More requests came in a second than the gateway of the platform is set to take (`throttle` of ModelPlatform). What is refused so was not begun.',
    mend: 'Try again after the seconds that Retry-After says, or send several records a request; where it stays, raise `throttle`.',
  },
  'log-elsewhere': {
    status: 404,
    title: 'Log kept elsewhere',
    cause: 'This platform does not keep the logs of its versions itself.',
    mend: 'Read them where the message says.',
  },
  'traffic-elsewhere': {
    status: 404,
    title: 'Traffic counted elsewhere',
    cause: 'This platform counts its calls in a place of its own, which shows them.',
    mend: 'Look where the message says.',
  },
  'events-elsewhere': {
    status: 404,
    title: 'Events told elsewhere',
    cause: 'This platform cannot keep a connection open to tell what happens on it.',
    mend: 'Listen where the message says, or ask again every few seconds.',
  },
  'sweep-elsewhere': {
    status: 404,
    title: 'Sweeper called elsewhere',
    cause: 'The sweeper of this platform is a function of its own, which its API cannot call.',
    mend: 'Wait: it runs every 15 minutes. Or call it as the message says.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request too slow',
    cause: 'The request did not arrive in time: its headers have 10 s, all of it 30 s.',
    mend: 'Send it again, over a better connection or in smaller parts.',
  },
  'http-malformed': {
    status: 400,
    title: 'Not HTTP',
    cause: 'What was sent cannot be read as an HTTP request.',
    mend: 'Compare it with RFC 9112; a client library writes it for you.',
  },
  'expectation-failed': {
    status: 417,
    title: 'Expectation failed',
    cause: 'The Expect header asks for something that is not done here.',
    mend: 'Leave it out, or send Expect: 100-continue.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    cause: 'The headers of the request are longer than 16 KB.',
    mend: 'Send fewer or shorter ones.',
  },
  'answer-too-large': {
    status: 413,
    title: 'Answer too large',
    cause: 'The predictions are larger than the host of this version can give in one answer.',
    mend: 'Send fewer records a request.',
  },
  'platform-fault': {
    status: 500,
    title: 'Platform fault',
    cause:
      'Something in the platform itself failed. Nothing acknowledged is lost, and unfinished work is taken up again.',
    mend: "Try again; if it stays, look for the request id in the platform's log.",
  },
  'chain-broken': {
    status: 500,
    title: 'Chain broken',
    cause:
      "An entry of a model's history was edited, dropped, swapped or added, in the registry or in the store's records, or one of the two was set back. Each entry holds the hash of the one before it, so such a change is found.",
    mend: 'The revision named is the first one that is wrong. Compare it in `sluice history MODEL` and in records/MODEL/REV.json of the store, find out who wrote there, and bring back what was changed from a backup. Where the records are whole, `sluice rebuild` makes the registry anew from them; `sluice rebuild --until-break` makes it as it was before the break.',
  },
  'sketch-unreadable': {
    status: 500,
    title: 'Sketch unreadable',
    cause:
      'A sketch, in which a baseline or the records of a while are kept, is cut off, was edited, belongs to another signature, or was written by a newer Sluice. Nothing is compared with it.',
    mend: 'Where it was written by a newer Sluice, use that one. Otherwise take the file away and make it again: a baseline from the training sample, the rest from the captured records.',
  },
  'nothing-to-rebuild': {
    status: 404,
    title: 'Nothing to rebuild from',
    cause: 'The store of this home holds no record of any move, so there is nothing to make a registry from.',
    mend: 'Name the home of the platform with --home DIR, and see that its folder store/records is there.',
  },
  'disk-full': {
    status: 507,
    title: 'Disk full',
    cause:
      'The disk that the platform keeps its home on is full. Models that are ready go on answering; nothing acknowledged is lost.',
    mend: 'Make room on that disk. Work under way goes on by itself; a request that was refused or a release that failed has to be made again.',
  },
  'platform-unreachable': {
    status: 503,
    title: 'Platform unreachable',
    cause: 'The command could not reach the platform at its URL.',
    mend: 'Start it with `sluice up`, or name another with --platform URL.',
  },
  'access-refused': {
    status: 403,
    title: 'Access refused',
    cause:
      'A deployed platform answers to callers that AWS IAM knows and allows, or to those with a key or token where it was set up so: there were no credentials, they are wrong or have expired, or they may not call the API or write to the model store.',
    mend: 'Sign in with `aws sso login` or `aws configure`, look at `aws sts get-caller-identity`, look at your key with `sluice keys list`, or ask who runs the platform for the right.',
  },
  'not-signed-in': {
    status: 401,
    title: 'Not signed in',
    cause:
      'The platform asks who calls, and the request carried no key or token, or one that is unknown, mistyped, expired or revoked.',
    mend: 'Send `Authorization: Bearer KEY`, or name the key to the command with SLUICE_API_KEY or --key; who runs the platform makes one with `sluice keys create`.',
  },
  'scope-missing': {
    status: 403,
    title: 'Scope missing',
    cause: 'The key or token is good, and does not allow this: docs/access.md lists what each request needs.',
    mend: 'Use a key that has the scope the message names, or ask who runs the platform for one.',
  },
  'issuer-unreachable': {
    status: 503,
    title: 'Issuer unreachable',
    cause:
      'The platform could not read the keys by which the issuer signs its tokens, so that it lets nobody in.',
    mend: 'Try again after the seconds that Retry-After says; where it stays, see that the issuer was named right and that the platform reaches it.',
  },
  'key-unknown': {
    status: 404,
    title: 'Key unknown',
    cause: 'There is no key of this id.',
    mend: '`sluice keys list` shows the keys there are.',
  },
  'key-exists': {
    status: 409,
    title: 'Key exists',
    cause:
      'Another key that is still good has this name, and the history would not tell the two apart at a glance.',
    mend: 'Choose another name, or revoke the other key first.',
  },
  usage: {
    status: 400,
    title: 'Usage',
    cause: 'The command was called with arguments that it does not take.',
    mend: '`sluice --help` and `sluice VERB --help` show what each takes.',
  },
} as const satisfies Record<string, ProblemPage>
