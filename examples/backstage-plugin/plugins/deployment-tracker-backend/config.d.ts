export interface Config {
  deploymentTracker?: {
    /** A platform repository with the snapshot of a cluster. */
    snapshot?: string;
    argocd?: {
      url: string;
      /** @visibility secret */
      token?: string;
    };
  };
}
