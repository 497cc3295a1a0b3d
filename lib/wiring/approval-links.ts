/** Where a link to approve by leads, as a gateway writes its routes. Beside the console it is the only path that asks nobody who calls. */
export const approvalLinkRoute = '/approvals/{operation}'

/** Whether a checked path is that of a link; who has no secret that fits is told no more than that. */
export function isApprovalLink(method: string, path: string): boolean {
  return /^(?:GET|HEAD|POST)$/.test(method) && /^\/approvals\/[^/]+$/.test(path)
}
