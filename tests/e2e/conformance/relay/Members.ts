import { graphql } from 'relay-runtime';

export const page = graphql`
  query MembersQuery($tiers: [String!], $first: Int!) {
    ...Members_query @arguments(tiers: $tiers, first: $first)
  }
`;

export const members = graphql`
  fragment Members_query on Query
  @refetchable(queryName: "MembersPageQuery")
  @argumentDefinitions(
    tiers: { type: "[String!]" }
    first: { type: "Int", defaultValue: 10 }
    after: { type: "String" }
  ) {
    memberships(filter: { tiers: $tiers }, first: $first, after: $after)
      @connection(key: "Members_memberships") {
      edges {
        node {
          id
          ...Member_membership
        }
      }
    }
  }
`;

// A fragment on a type that is a Node is fetched again by its id.
export const member = graphql`
  fragment Member_membership on Membership @refetchable(queryName: "MemberQuery") {
    status
    tier { key }
    party { id name }
  }
`;
