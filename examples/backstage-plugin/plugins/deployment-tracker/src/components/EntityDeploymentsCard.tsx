import { InfoCard } from '@backstage/core-components';
import { useEntity } from '@backstage/plugin-catalog-react';
import { Deployments } from './Deployments';

export function EntityDeploymentsCard() {
  const { entity } = useEntity();
  return (
    <InfoCard title="Deployments" subheader="as Argo CD sees them">
      <Deployments service={entity.metadata.name} />
    </InfoCard>
  );
}
