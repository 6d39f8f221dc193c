import { Content, EmptyState, Header, Page, Progress, ResponseErrorPanel, Select } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import { Box } from '@material-ui/core';
import { useSearchParams } from 'react-router-dom';
import { deploymentTrackerApiRef } from '../api';
import { Deployments } from './Deployments';
import { useAnswer } from './useAnswer';

export function DeploymentTrackerPage() {
  const api = useApi(deploymentTrackerApiRef);
  const [query, setQuery] = useSearchParams();
  const { loading, error, value: services } = useAnswer(() => api.services(), [api]);
  const chosen = query.get('service') ?? services?.[0];
  return (
    <Page themeId="tool">
      <Header title="Deployments" subtitle="What runs, what drifted, and what the next sync would do" />
      <Content>
        {loading && <Progress />}
        {error && <ResponseErrorPanel error={error} />}
        {services?.length === 0 && <EmptyState missing="data" title="No service" description="The source knows of no Component and no Application." />}
        {chosen && services && (
          <>
            <Box maxWidth={360} mb={3}>
              <Select label="Service" selected={chosen} items={services.map(name => ({ label: name, value: name }))} onChange={name => setQuery({ service: String(name) })} />
            </Box>
            <Deployments service={chosen} />
          </>
        )}
      </Content>
    </Page>
  );
}
