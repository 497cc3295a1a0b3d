// The main show.

export { Approval } from './constructs/approval.ts'
// Its parts, each usable alone.
export { CaptureDelivery, type CaptureDeliveryProps } from './constructs/capture-delivery.ts'
export { Callers, type JwtCallersProps } from './constructs/gateways/callers.ts'
export { Gateway } from './constructs/gateways/gateway.ts'
export { GitHubRef } from './constructs/github-ref.ts'
export { GitHubReleaseRoles, type GitHubReleaseRolesProps } from './constructs/github-release-roles.ts'
export { GitHubRole, type GitHubRoleProps, type IReleaseGrants } from './constructs/github-role.ts'
export { ImageFactory, type ImageFactoryProps } from './constructs/image-factory.ts'
export { ModelApi, type ModelApiProps } from './constructs/model-api.ts'
export { ModelNetwork, type ModelNetworkProps } from './constructs/model-network.ts'
export { ModelPlatform, type ModelPlatformProps } from './constructs/model-platform.ts'
export { ModelRegistry, type ModelRegistryProps } from './constructs/model-registry.ts'
export { ModelStore, type ModelStoreProps } from './constructs/model-store.ts'
export { Monitoring, type MonitoringProps } from './constructs/monitoring.ts'
export { Operations, type OperationsProps } from './constructs/operations.ts'
export type { ModelEventProps } from './constructs/platform-events.ts'
export type { ModelMetricOptions } from './constructs/platform-metrics.ts'
export { type IModelPlatform, PlatformSurface } from './constructs/platform-surface.ts'
export {
  ReleaseWorkflows,
  type ReleaseWorkflowsProps,
  type WorkflowMachines,
} from './constructs/release-workflows.ts'
export { RuntimeRepositories, type RuntimeRepositoriesProps } from './constructs/runtime-repositories.ts'
export { ServingRoles, type ServingRolesProps } from './constructs/serving-roles.ts'
export { Sweeper, type SweeperProps } from './constructs/sweeper.ts'
export { Upkeep, type UpkeepProps } from './constructs/upkeep.ts'
export { UploadIntake, type UploadIntakeProps } from './constructs/upload-intake.ts'
export { PlatformStack, type PlatformStackProps } from './platform-stack.ts'
