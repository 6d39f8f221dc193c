package main

// Fake providers: repositories of organisations, pull requests, clusters.

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"unsafe"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	pullrequest "github.com/argoproj/argo-cd/v3/applicationset/services/pull_request"
	"github.com/argoproj/argo-cd/v3/applicationset/services/scm_provider"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

type scmFake struct {
	inv   *Inventory
	cfg   *v1alpha1.SCMProviderGenerator
	entry *SCM
	all   bool
}

func scmKey(c *v1alpha1.SCMProviderGenerator) (provider, org string, all bool) {
	switch {
	case c.Github != nil:
		return "github", c.Github.Organization, c.Github.AllBranches
	case c.Gitlab != nil:
		return "gitlab", c.Gitlab.Group, c.Gitlab.AllBranches
	case c.Gitea != nil:
		return "gitea", c.Gitea.Owner, c.Gitea.AllBranches
	case c.BitbucketServer != nil:
		return "bitbucketServer", c.BitbucketServer.Project, c.BitbucketServer.AllBranches
	case c.AzureDevOps != nil:
		return "azureDevOps", c.AzureDevOps.Organization, c.AzureDevOps.AllBranches
	case c.Bitbucket != nil:
		return "bitbucket", c.Bitbucket.Owner, c.Bitbucket.AllBranches
	case c.AWSCodeCommit != nil:
		return "awsCodeCommit", c.AWSCodeCommit.Region, c.AWSCodeCommit.AllBranches
	}
	return "", "", false
}

func (s *scmFake) ListRepos(_ context.Context, proto string) ([]*scm_provider.Repository, error) {
	if s.entry == nil {
		p, o, _ := scmKey(s.cfg)
		return nil, fmt.Errorf("%s: scm %s %s", missing, p, o)
	}
	if s.entry.Error != "" {
		return nil, errors.New(s.entry.Error)
	}
	var out []*scm_provider.Repository
	for _, r := range s.entry.Repositories {
		url := r.URL
		if len(r.URLs) > 0 {
			p := proto
			if p == "" {
				p = "ssh"
			}
			u, ok := r.URLs[p]
			if !ok {
				return nil, fmt.Errorf("unknown clone protocol for %s %v", s.entry.Provider, proto)
			}
			url = u
		}
		out = append(out, &scm_provider.Repository{Organization: s.entry.Organization, Repository: r.Repository, URL: url, Branch: r.Branch, SHA: r.SHA, Labels: r.Labels, RepositoryId: r.RepositoryID})
	}
	return out, nil
}

func (s *scmFake) repo(name string) *SCMRepo {
	for i := range s.entry.Repositories {
		if s.entry.Repositories[i].Repository == name {
			return &s.entry.Repositories[i]
		}
	}
	return nil
}

func (s *scmFake) RepoHasPath(_ context.Context, r *scm_provider.Repository, path string) (bool, error) {
	e := s.repo(r.Repository)
	paths := e.Paths
	for _, b := range e.Branches {
		if b.Name == r.Branch && b.Paths != nil {
			paths = b.Paths
		}
	}
	for _, p := range paths {
		if p == path || strings.HasPrefix(p, path+"/") {
			return true, nil
		}
	}
	return false, nil
}

func (s *scmFake) GetBranches(_ context.Context, r *scm_provider.Repository) ([]*scm_provider.Repository, error) {
	e := s.repo(r.Repository)
	if !s.all {
		return []*scm_provider.Repository{r}, nil
	}
	var out []*scm_provider.Repository
	if len(e.Branches) == 0 {
		return []*scm_provider.Repository{r}, nil
	}
	for _, b := range e.Branches {
		c := *r
		c.Branch, c.SHA = b.Name, b.SHA
		out = append(out, &c)
	}
	return out, nil
}

type scmGen struct {
	generators.Generator
	inv *Inventory
}

func (g *scmGen) GenerateParams(a *v1alpha1.ApplicationSetGenerator, as *v1alpha1.ApplicationSet, c client.Client) ([]map[string]any, error) {
	if p, _, _ := scmKey(a.SCMProvider); p == "" {
		// let the real generator answer
		return generators.NewSCMProviderGenerator(c, generators.NewSCMConfig("", nil, true, false, nil, false)).GenerateParams(a, as, c)
	}
	p, o, all := scmKey(a.SCMProvider)
	f := &scmFake{inv: g.inv, cfg: a.SCMProvider, all: all}
	for i := range g.inv.SCM {
		if g.inv.SCM[i].Provider == p && g.inv.SCM[i].Organization == o {
			f.entry = &g.inv.SCM[i]
			break
		}
	}
	return generators.NewTestSCMProviderGenerator(f).GenerateParams(a, as, c)
}

func prKey(c *v1alpha1.PullRequestGenerator) (provider, repo string, labels []string) {
	switch {
	case c.Github != nil:
		return "github", c.Github.Owner + "/" + c.Github.Repo, c.Github.Labels
	case c.GitLab != nil:
		return "gitlab", c.GitLab.Project, c.GitLab.Labels
	case c.Gitea != nil:
		return "gitea", c.Gitea.Owner + "/" + c.Gitea.Repo, c.Gitea.Labels
	case c.BitbucketServer != nil:
		return "bitbucketServer", c.BitbucketServer.Project + "/" + c.BitbucketServer.Repo, nil
	case c.Bitbucket != nil:
		return "bitbucket", c.Bitbucket.Owner + "/" + c.Bitbucket.Repo, nil
	case c.AzureDevOps != nil:
		return "azuredevops", c.AzureDevOps.Organization + "/" + c.AzureDevOps.Project + "/" + c.AzureDevOps.Repo, c.AzureDevOps.Labels
	}
	return "", "", nil
}

func newPRGen(inv *Inventory, c client.Client) generators.Generator {
	g := generators.NewPullRequestGenerator(c, generators.NewSCMConfig("", nil, true, false, nil, false))
	f := reflect.ValueOf(g).Elem().FieldByName("selectServiceProviderFunc")
	sel := func(ctx context.Context, cfg *v1alpha1.PullRequestGenerator, _ *v1alpha1.ApplicationSet) (pullrequest.PullRequestService, error) {
		p, repo, labels := prKey(cfg)
		if p == "" {
			return nil, errors.New("no Pull Request provider implementation configured")
		}
		for _, e := range inv.PullRequests {
			if e.Provider != p || e.Repo != repo {
				continue
			}
			if e.NotFound {
				return pullrequest.NewFakeService(ctx, nil, pullrequest.NewRepositoryNotFoundError(fmt.Errorf("error listing pull requests for %s: 404 Not Found", repo)))
			}
			if e.Error != "" {
				return pullrequest.NewFakeService(ctx, nil, errors.New(e.Error))
			}
			var list []*pullrequest.PullRequest
			for _, x := range e.Pulls {
				ok := true
				for _, l := range labels {
					has := false
					for _, y := range x.Labels {
						has = has || y == l
					}
					ok = ok && has
				}
				if !ok {
					continue
				}
				list = append(list, &pullrequest.PullRequest{Number: x.Number, Title: x.Title, Branch: x.Branch, TargetBranch: x.TargetBranch, HeadSHA: x.HeadSHA, Labels: x.Labels, Author: x.Author})
			}
			return pullrequest.NewFakeService(ctx, list, nil)
		}
		return nil, fmt.Errorf("%s: pull requests of %s %s", missing, p, repo)
	}
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(sel))
	return g
}

// ---- clusters: upstream's order is a Go map's; put back in inventory order --

type clusterGen struct {
	generators.Generator
	inv *Inventory
}

func (g *clusterGen) GenerateParams(a *v1alpha1.ApplicationSetGenerator, as *v1alpha1.ApplicationSet, c client.Client) ([]map[string]any, error) {
	res, err := g.Generator.GenerateParams(a, as, c)
	if err != nil {
		return res, err
	}
	idx := map[string]int{}
	for i, cl := range g.inv.Clusters {
		idx[cl.Name] = i
	}
	less := func(l []map[string]any) {
		rank := func(m map[string]any) int {
			if i, ok := idx[m["name"].(string)]; ok {
				return i
			}
			return 1 << 20
		}
		sort.SliceStable(l, func(i, j int) bool { return rank(l[i]) < rank(l[j]) })
	}
	if a.Clusters != nil && a.Clusters.FlatList {
		if l, ok := res[0]["clusters"].([]map[string]any); ok {
			less(l)
		}
		return res, nil
	}
	less(res)
	return res, nil
}

// ---- the plugin service ----------------------------------------------------
