import {
  Progress, ResponseErrorPanel, StatusAborted, StatusError, StatusOK, StatusPending, StatusRunning, StatusWarning, StructuredMetadataTable, Table,
  type TableColumn,
} from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import { Box, Typography } from '@material-ui/core';
import { deploymentTrackerApiRef, type Deployment, type Drift } from '../api';
import { useAnswer } from './useAnswer';

/** Argo CD's words with Backstage's marks: the word is always there beside the colour. */
export function Verdict({ word }: { word: string }) {
  switch (word) {
    case 'Synced': case 'Healthy': return <StatusOK>{word}</StatusOK>;
    case 'OutOfSync': case 'Missing': return <StatusWarning>{word}</StatusWarning>;
    case 'Degraded': return <StatusError>{word}</StatusError>;
    case 'Progressing': return <StatusRunning>{word}</StatusRunning>;
    case 'Suspended': return <StatusPending>{word}</StatusPending>;
    default: return <StatusAborted>{word}</StatusAborted>;
  }
}

const value = (one: unknown): string => (one === undefined || one === null ? 'absent' : JSON.stringify(one));

const columns: TableColumn<Deployment>[] = [
  { title: 'Application', field: 'name', highlight: true },
  { title: 'Sync', field: 'sync', render: row => <Verdict word={row.sync} /> },
  { title: 'Health', field: 'health', render: row => <Verdict word={row.health} /> },
  { title: 'Namespace', field: 'namespace' },
  { title: 'Revision', render: row => row.history[0]?.revision.slice(0, 7) ?? '' },
  { title: 'Last deployed', render: row => row.history[0]?.deployedAt ?? '' },
];

type Row = { id: string; resource: string; field: string; live: string; git: string; why: string };

function rows(drift: Drift[]): Row[] {
  return drift.flatMap(one => {
    const whole = one.changes.find(change => change.path === '');
    if (one.why || whole) return [{ id: one.resource, resource: one.resource, field: '', live: '', git: '', why: one.why ?? whole!.cause }];
    return one.changes.map(change => ({
      id: one.resource + change.path, resource: one.resource, field: change.path, live: value(change.live), git: value(change.git), why: change.cause,
    }));
  });
}

const driftColumns: TableColumn<Row>[] = [
  { title: 'Resource', field: 'resource' },
  { title: 'Field', field: 'field' },
  { title: 'In the cluster', field: 'live' },
  { title: 'As Git says', field: 'git' },
  { title: 'Why', field: 'why' },
];

const plain = { paging: false, search: false, toolbar: true, padding: 'dense' as const };

/** Everything about one service. */
export function Deployments({ service }: { service: string }) {
  const api = useApi(deploymentTrackerApiRef);
  const { loading, error, value: answer } = useAnswer(() => api.deployments(service), [api, service]);
  if (loading) return <Progress />;
  if (error) return <ResponseErrorPanel error={error} />;
  const { applications, missing } = answer!;
  return (
    <Box data-testid="deployments">
      {missing && <Box mb={2}><StatusWarning>{missing}</StatusWarning></Box>}
      {applications.length > 0 && <Table<Deployment> title={`Deployments of ${service}`} columns={columns} data={applications.map(one => ({ ...one, id: one.name }))} options={plain} />}
      {applications.map(app => {
        const drift = rows(app.drift);
        return (
          <Box key={app.name} mt={3}>
            {app.message && <Typography variant="body2">{app.name}: {app.message}</Typography>}
            {drift.length > 0 && <Table<Row> title={`Drift of ${app.name}`} columns={driftColumns} data={drift} options={plain} />}
            {app.nextSync && app.nextSync.length > 0 && (
              <Box mt={2}><Typography variant="subtitle2">The next sync of {app.name}</Typography><StructuredMetadataTable metadata={{ steps: app.nextSync }} /></Box>
            )}
          </Box>
        );
      })}
    </Box>
  );
}
