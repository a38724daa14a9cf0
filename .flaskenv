FLASK_APP=app.cli:create_app
