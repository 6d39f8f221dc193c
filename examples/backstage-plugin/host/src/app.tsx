import '@backstage/ui/css/styles.css';
import { createApp } from '@backstage/app-defaults';
import { CatalogClient } from '@backstage/catalog-client';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import { AppRouter, FlatRoutes } from '@backstage/core-app-api';
import {
  AlertDisplay, Content, Header, Link, Page, Progress, ResponseErrorPanel, Sidebar, SidebarDivider, SidebarItem, SidebarPage, Table,
} from '@backstage/core-components';
import { createApiFactory, discoveryApiRef, fetchApiRef, useApi } from '@backstage/core-plugin-api';
import { EntityProvider, catalogApiRef } from '@backstage/plugin-catalog-react';
import { DeploymentTrackerPage, EntityDeploymentsCard, deploymentTrackerPlugin } from '@lofting/plugin-deployment-tracker';
import CategoryIcon from '@material-ui/icons/Category';
import ScheduleIcon from '@material-ui/icons/Schedule';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Navigate, Route, useParams } from 'react-router-dom';

const host = createApp({
  plugins: [deploymentTrackerPlugin],
  apis: [
    createApiFactory({
      api: catalogApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: apis => new CatalogClient(apis),
    }),
  ],
  configLoader: async () => [
    { context: 'host', data: { app: { title: 'Deployment tracker', baseUrl: location.origin }, backend: { baseUrl: location.origin } } },
  ],
});

function useEntities<T>(ask: () => Promise<T>, key: string) {
  const [answer, setAnswer] = useState<{ value?: T; error?: Error }>({});
  useEffect(() => {
    let current = true;
    ask().then(value => current && setAnswer({ value }), error => current && setAnswer({ error }));
    return () => { current = false; };
  }, [key]);
  return answer;
}

function Components() {
  const api = useApi(catalogApiRef);
  const { value, error } = useEntities(() => api.getEntities(), 'all');
  if (error) return <ResponseErrorPanel error={error} />;
  if (!value) return <Progress />;
  const rows = value.items.filter(entity => entity.kind === 'Component').map(entity => ({ id: stringifyEntityRef(entity), entity }));
  return (
    <Page themeId="home">
      <Header title="Components" />
      <Content>
        <Table<{ id: string; entity: Entity }> title={`${rows.length} Components`} data={rows} options={{ paging: false, search: false }} columns={[
          { title: 'Name', render: ({ entity }) => <Link to={`/catalog/${entity.metadata.namespace ?? 'default'}/component/${entity.metadata.name}`}>{entity.metadata.name}</Link> },
          { title: 'Owner', render: ({ entity }) => String(entity.spec?.owner ?? '') },
          { title: 'Description', render: ({ entity }) => entity.metadata.description ?? '' },
        ]} />
      </Content>
    </Page>
  );
}

function EntityPage() {
  const { kind = '', namespace = '', name = '' } = useParams();
  const api = useApi(catalogApiRef);
  const ref = stringifyEntityRef({ kind, namespace, name });
  const { value, error } = useEntities(() => api.getEntityByRef(ref), ref);
  if (error) return <ResponseErrorPanel error={error} />;
  if (!value) return <Progress />;
  return (
    <EntityProvider entity={value}>
      <Page themeId="service">
        <Header title={value.metadata.name} subtitle={value.metadata.description} type={value.kind} />
        <Content><EntityDeploymentsCard /></Content>
      </Page>
    </EntityProvider>
  );
}

const App = host.createRoot(
  <>
    <AlertDisplay />
    <AppRouter>
      <SidebarPage>
        <Sidebar>
          <SidebarDivider />
          <SidebarItem icon={CategoryIcon} to="/catalog" text="Components" />
          <SidebarItem icon={ScheduleIcon} to="/deployment-tracker" text="Deployments" />
        </Sidebar>
        <FlatRoutes>
          <Route path="/" element={<Navigate to="/catalog" />} />
          <Route path="/catalog" element={<Components />} />
          <Route path="/catalog/:namespace/:kind/:name" element={<EntityPage />} />
          <Route path="/deployment-tracker" element={<DeploymentTrackerPage />} />
        </FlatRoutes>
      </SidebarPage>
    </AppRouter>
  </>,
);

createRoot(document.getElementById('root')!).render(<App />);
