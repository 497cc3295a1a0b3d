// The main show.

export { Callers, type JwtCallersProps } from './constructs/gateways/callers.ts'
export { Gateway } from './constructs/gateways/gateway.ts'
// Its parts, each usable alone.
export { GitHubRef } from './constructs/github-ref.ts'
export { GitHubReleaseRoles, type GitHubReleaseRolesProps } from './constructs/github-release-roles.ts'
export { GitHubRole, type GitHubRoleProps, type IReleaseGrants } from './constructs/github-role.ts'
export { ImageFactory, type ImageFactoryProps } from './constructs/image-factory.ts'
export { ModelApi, type ModelApiProps } from './constructs/model-api.ts'
export { ModelPlatform, type ModelPlatformProps } from './constructs/model-platform.ts'
export { ModelRegistry, type ModelRegistryProps } from './constructs/model-registry.ts'
export { ModelStore, type ModelStoreProps } from './constructs/model-store.ts'
export { Operations, type OperationsProps } from './constructs/operations.ts'
export { ReleaseWorkflows, type ReleaseWorkflowsProps } from './constructs/release-workflows.ts'
export { RuntimeRepositories, type RuntimeRepositoriesProps } from './constructs/runtime-repositories.ts'
export { ServingRoles } from './constructs/serving-roles.ts'
export { Upkeep, type UpkeepProps } from './constructs/upkeep.ts'
export { PlatformStack, type PlatformStackProps } from './platform-stack.ts'
