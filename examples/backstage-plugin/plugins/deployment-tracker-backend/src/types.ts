/** What is deployed of one service. */
export interface ServiceDeployments {
  service: string;
  /** The Component, where the source knows the catalog. */
  component?: string;
  /** Why no Application was found, and what would change that. */
  missing?: string;
  applications: Deployment[];
}

/** One Application of the service, in Argo CD's words. */
export interface Deployment {
  name: string;
  namespace: string;
  cluster: string;
  sync: string;
  health: string;
  message?: string;
  /** Newest first. */
  history: { revision: string; deployedAt: string; initiatedBy?: string }[];
  /** Resources that differ from Git, field by field. */
  drift: Drift[];
  /** What the next sync would do, in order; only of a snapshot. */
  nextSync?: string[];
}

export interface Drift {
  resource: string;
  why?: string;
  changes: { path: string; live?: unknown; git?: unknown; cause: string }[];
}

/** Where the answers come from. */
export interface Source {
  services(): Promise<string[]>;
  /** `undefined` when nothing is known under that name. */
  deployments(service: string): Promise<ServiceDeployments | undefined>;
}
