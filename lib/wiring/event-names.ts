/** The `detail-type` of what people wait for. */
export const awaitedEvents = {
  released: ['Model Version Registered'],
  promoted: ['Promoted'],
  rolledBack: ['Rolled Back'],
  failed: ['Release Failed', 'Operation Failed'],
} as const
