"""A client library for accessing Certifier API"""
