/** The names of the environment variables by which constructs tell handlers what they were made with. */
export const environment = {
  platform: 'SLUICE_PLATFORM',
  table: 'SLUICE_TABLE',
  bucket: 'SLUICE_BUCKET',
  eventBus: 'SLUICE_EVENT_BUS',
  machineArnPrefix: 'SLUICE_MACHINE_ARN_PREFIX',
  repositoryPrefix: 'SLUICE_REPOSITORY_PREFIX',
  imageProject: 'SLUICE_IMAGE_PROJECT',
  dockerfileProject: 'SLUICE_DOCKERFILE_PROJECT',
  /** JSON: by runtime, what its dependency image is made of by architecture, in one word each, and whether it resolves. */
  templates: 'SLUICE_TEMPLATES',
  servingRole: 'SLUICE_SERVING_ROLE',
  servingLogGroup: 'SLUICE_SERVING_LOG_GROUP',
  /** Who may call, as the gateway lets them in: `iam`, `keys` or `jwt`. */
  callers: 'SLUICE_CALLERS',
  /** JSON: where callers are `jwt`, the issuer, the audience and the claim with their grants; else `{}`. */
  tokenIssuer: 'SLUICE_TOKEN_ISSUER',
  sagemakerRole: 'SLUICE_SAGEMAKER_ROLE',
  /** JSON: the ids of subnets and security groups that model functions stand in; `{}` where they stand in none. */
  modelNetwork: 'SLUICE_MODEL_NETWORK',
  /** JSON: a person's own tags, put on everything that releases make. */
  tags: 'SLUICE_TAGS',
  /** JSON: by alias, who must agree before it moves; `{}` where only manifests say. */
  approvals: 'SLUICE_APPROVALS',
  /** `true` where links to approve by are offered. */
  approvalLinks: 'SLUICE_APPROVAL_LINKS',
  /** `false` where no call is recorded, whatever manifests ask for. */
  capture: 'SLUICE_CAPTURE',
  /** `true` where manifests may ask for `unsafePickle`. */
  allowUnsafePickle: 'SLUICE_ALLOW_UNSAFE_PICKLE',
} as const

/** The name of the function that asks shadows: told to the router, which hands calls over to it, and to control. */
export const shadowFunctionVariable = 'SLUICE_SHADOW_FUNCTION'

/** Where the image registry is reached, if not where it says it is: set by an emulator, and by no construct. */
export const registryEndpointVariable = 'SLUICE_REGISTRY_ENDPOINT'
