import { BatchDeleteImageCommand, type ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import type { RegistryAccess } from './image-registry.ts'
import type { Registry } from './layered-images.ts'

/** A token is good for twelve hours; one that is nearly over is not begun an upload with. */
const leftAtLeastMs = 30 * 60 * 1000

/** The account's image registry. */
export class Ecr implements Registry {
  readonly repositoryPrefix: string
  readonly #client: ECRClient
  readonly #endpoint: string | undefined
  #granted: { readonly authorization: string; readonly host: string; readonly until: number } | undefined

  /**
   * @param repositoryPrefix a runtime's repository is this and the runtime's name
   * @param endpoint where the registry is reached, if that is not where it says: an emulator
   */
  constructor(client: ECRClient, repositoryPrefix: string, endpoint?: string) {
    this.#client = client
    this.repositoryPrefix = repositoryPrefix
    this.#endpoint = endpoint
  }

  async access(): Promise<RegistryAccess> {
    const { authorization, host } = await this.#grant()
    return { endpoint: this.#endpoint ?? `https://${host}`, authorization }
  }

  async host(): Promise<string> {
    return (await this.#grant()).host
  }

  async remove(repositoryName: string, imageDigest: string): Promise<void> {
    const { failures = [] } = await this.#client.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest }] }),
    )
    const [failure] = failures.filter(({ failureCode }) => failureCode !== 'ImageNotFound')
    if (failure !== undefined)
      throw new Error(`ECR did not delete the image: ${failure.failureCode} ${failure.failureReason}`)
  }

  async #grant() {
    if (this.#granted !== undefined && this.#granted.until - Date.now() > leftAtLeastMs) return this.#granted
    const { authorizationData: [data] = [] } = await this.#client.send(new GetAuthorizationTokenCommand({}))
    if (data?.authorizationToken === undefined || data.proxyEndpoint === undefined)
      throw new Error('ECR gave no token')
    this.#granted = {
      authorization: `Basic ${data.authorizationToken}`,
      host: new URL(data.proxyEndpoint).host,
      until: data.expiresAt?.getTime() ?? 0,
    }
    return this.#granted
  }
}
