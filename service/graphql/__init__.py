"""The GraphQL API: types, queries and mutations over the read models and the writer."""
