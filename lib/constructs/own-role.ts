import { Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

export interface OwnRoleProps {
  /** The service that acts as the role: `lambda.amazonaws.com`. */
  readonly service: string
  /** The only resource on whose behalf the service may. @default - every one of this account */
  readonly sourceArn?: string
  /** How the service tells on whose behalf it acts, where it does so in another way than most. */
  readonly onBehalfOf?: { readonly [operator: string]: { readonly [key: string]: string } }
  /** Who holds the role, for those who read the account's list of roles. */
  readonly description: string
}

/** A role for one holder: trusted is one service, on behalf of this account only. It may do nothing yet. */
export class OwnRole extends Role {
  constructor(scope: Construct, id: string, { service, sourceArn, onBehalfOf, description }: OwnRoleProps) {
    super(scope, id, {
      description,
      assumedBy: new ServicePrincipal(service, {
        conditions: onBehalfOf ?? {
          StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
          ...(sourceArn !== undefined && { ArnEquals: { 'aws:SourceArn': sourceArn } }),
        },
      }),
    })
  }
}
